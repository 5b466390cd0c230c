// What a published manifest does not say: how its package is built and tested in this workspace.
function beforePacking(manifest) {
  delete manifest.scripts
  delete manifest.devDependencies
  // The same bytes each time, in whatever order pnpm comes to the dependencies.
  const { dependencies } = manifest
  if (dependencies !== undefined) manifest.dependencies = Object.fromEntries(Object.entries(dependencies).sort())
  return manifest
}

module.exports = { hooks: { beforePacking } }
