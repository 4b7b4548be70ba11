//! Membership: claims and their tests.
