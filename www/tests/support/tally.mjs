/** A reporter that closes with one plain line: how many passed, failed, were skipped. */
export default class Tally {
  onBegin(_config, suite) {
    this.suite = suite;
  }

  onEnd() {
    const count = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    for (const test of this.suite.allTests()) count[test.outcome()] += 1;
    console.log(`\n${count.expected} passed, ${count.unexpected + count.flaky} failed, ${count.skipped} skipped`);
  }
}
