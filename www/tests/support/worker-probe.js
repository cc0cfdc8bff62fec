// A worker that does nothing by itself, served with the policy of workers: the tests try every way out from within.
