import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends the output with `N passed, N failed, N skipped`, alone on the last line, for whoever reads the run
 * with a program. It is written as the process exits, after all that the other reporters have to say.
 */
export default class ClosingLineReporter implements Reporter {
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  onInit(): void {
    process.once("exit", () => {
      // A run that ran nothing has shown nothing.
      if (this.passed + this.failed === 0 && !process.exitCode) process.exitCode = 1;
      process.stdout.write(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.passed = 0;
    this.skipped = 0;
    // An error outside of every test fails the run too, and must not read as "0 failed".
    this.failed = unhandledErrors.length;
    for (const module of modules) this.count(module);
  }

  private count(module: TestModule): void {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") this.passed++;
      else if (state === "failed") failedTests++;
      else this.skipped++;
    }
    // A file that did not load, or whose hook threw, failed without a failed test.
    this.failed += module.state() === "failed" ? Math.max(failedTests, 1) : failedTests;
  }
}
