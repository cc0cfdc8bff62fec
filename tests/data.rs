//! Data sets, splits, balance, augmentation and the loader.
