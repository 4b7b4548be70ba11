//! Custody: claims and their tests.
