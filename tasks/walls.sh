# Checks the architecture, after the checker itself has refused one breach of each rule.
set -eu
node tasks/walls/test.mjs
node tasks/walls.mjs
