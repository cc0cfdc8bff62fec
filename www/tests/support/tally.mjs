/** A reporter that closes with plain lines: which tests passed only when they were run again, and how many passed, failed, were skipped. */
export default class Tally {
  onBegin(_config, suite) {
    this.suite = suite;
  }

  onEnd() {
    const count = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    for (const test of this.suite.allTests()) {
      count[test.outcome()] += 1;
      if (test.outcome() === 'flaky') console.log(`\npassed only when run again: ${test.titlePath().filter(Boolean).join(' › ')}`);
    }
    console.log(`\n${count.expected + count.flaky} passed, ${count.unexpected} failed, ${count.skipped} skipped`);
  }
}
