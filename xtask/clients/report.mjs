// What a run prints, for `cargo xtask interop` to read: one line for each thing that was tried.

import { readFileSync } from 'node:fs'

export function versions(...packages) {
  const version = (name) => JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url))).version
  console.log(`with ${packages.map((name) => `${name} ${version(name)}`).join(', ')}, node ${process.versions.node}`)
}

/** Runs what is tried, by what it is called. */
export async function run(attempts) {
  for (const [what, attempt] of Object.entries(attempts)) {
    try {
      await attempt()
      console.log(`ok ${what}`)
    } catch (error) {
      console.log(`FAIL ${what}: ${error.stack.split('\n')[0]} ${JSON.stringify(error.cause ?? '')}`)
    }
  }
}
