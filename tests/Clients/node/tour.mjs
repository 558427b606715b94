// Runs the steps of a tour in order. A step that fails is named with its error, and lets the process end with 1.
export class Tour {
  #steps = [];

  step(name, run) {
    this.#steps.push({ name, run });
  }

  async run() {
    let failed = 0;
    for (const { name, run } of this.#steps) {
      try {
        await run();
      } catch (error) {
        failed++;
        console.error(`step failed: ${name}\n${error.stack ?? error}`);
      }
    }
    console.log(`${this.#steps.length - failed} of ${this.#steps.length} steps passed`);
    process.exitCode = failed === 0 ? 0 : 1;
  }
}

// Waits until something is so; what other connections cause takes a moment to show.
export async function until(isSo, what) {
  const end = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`It did not come about in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
