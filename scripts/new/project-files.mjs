/** Package, compiler and test settings of a new project, as those of one that is there. */
export function copyProject(changes, pattern, folder, { name, dependencies }) {
  const {
    version,
    private: isPrivate,
    license,
    type,
    engines,
    scripts,
    nx,
  } = JSON.parse(changes.read(`${pattern}/package.json`));
  const own = { name, version, private: isPrivate, license, type, engines, scripts, dependencies, nx: { tags: nx.tags } };
  changes.create(`${folder}/package.json`, JSON.stringify(own));
  for (const file of ['tsconfig.json', 'tsconfig.build.json', 'jest.config.mjs']) {
    changes.create(`${folder}/${file}`, changes.read(`${pattern}/${file}`));
  }
}
