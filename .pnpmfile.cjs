// What a published manifest does not say: how its package is built and tested in this workspace.
function beforePacking(manifest) {
  delete manifest.scripts
  delete manifest.devDependencies
  return manifest
}

module.exports = { hooks: { beforePacking } }
