// Says under which licence a repository stands, and what does not fit together. Whoever approves sees the warnings.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, plain, step, trackedFiles } from './step.mjs';

const licenceFile = /^(licen[cs]e|copying|unlicense)([.-].*)?$/i;
const manifestFile = /(^|\/)(package\.json|Cargo\.toml|pyproject\.toml|composer\.json)$/;
/** Words by which a licence's text is known, the more particular ones first. */
const known = [
  ['AGPL-3.0', /GNU AFFERO GENERAL PUBLIC LICENSE/i],
  ['LGPL', /GNU LESSER GENERAL PUBLIC LICENSE/i],
  ['GPL-3.0', /GNU GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['GPL-2.0', /GNU GENERAL PUBLIC LICENSE\s+Version 2/i],
  ['Apache-2.0', /Apache License\s+Version 2\.0/i],
  ['MPL-2.0', /Mozilla Public License,? v(?:ersion|\.)? ?2\.0/i],
  ['Unlicense', /This is free and unencumbered software/i],
  ['BSD-3-Clause', /Redistribution and use in source and binary forms[\s\S]*Neither the name/i],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
  ['ISC', /Permission to use, copy, modify, and\/or distribute this software/i],
  ['MIT', /Permission is hereby granted, free of charge/i],
];

await step(async ({ input: { repository, commit } }) => {
  const path = await checkout(repository, commit);
  const files = await trackedFiles(path);
  const warnings = [];
  const file = files.find((name) => licenceFile.test(name)) ?? null;
  const text = file ? await readFile(join(path, file), 'utf8') : '';
  const license = known.find(([, words]) => words.test(text))?.[0] ?? null;
  if (!file) warnings.push('There is no LICENSE file.');
  else if (!license) warnings.push(`The licence in ${file} is not a well-known one.`);
  console.log(file ? `${file}: ${license ?? 'unknown'}` : 'no LICENSE file');

  const manifests = [];
  for (const name of files.filter((candidate) => manifestFile.test(candidate)).slice(0, 500)) {
    const declared = await declaredLicence(join(path, name));
    manifests.push({ path: name, license: declared });
    if (declared === null) warnings.push(`${name} declares no licence.`);
    else if (license && !declared.includes(license)) warnings.push(`${name} declares ${declared}, ${file} is ${license}.`);
    if (manifests.length % 10 === 0) console.log(`${manifests.length} manifests read`);
  }
  console.log(`${manifests.length} manifests, ${warnings.length} warnings`);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  return { output: { license, file, manifests: manifests.slice(0, 50), warnings: warnings.slice(0, 20) } };
});

async function declaredLicence(file) {
  const text = await readFile(file, 'utf8');
  if (file.endsWith('.toml')) return plainOrNull(/^license\s*=\s*(?:\{\s*text\s*=\s*)?"([^"]*)"/m.exec(text)?.[1]);
  try {
    const { license } = JSON.parse(text);
    return plainOrNull(typeof license === 'object' ? license?.type : license);
  } catch {
    return null; // broken files are the other check's business
  }
}

function plainOrNull(value) {
  return typeof value === 'string' && value !== '' ? plain(value, 60) : null;
}
