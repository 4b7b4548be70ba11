//! Keeps secrets in memory from leaving it: by a core dump, a debugger, or swap.
//!
//! Flow: a program calls [`process`] first of all, before it reads a secret.
//!
//! Invariants: no core dump is written and no other process of the same user may look into this one's memory, or the program says why not and goes on: what it keeps
//! at rest is sealed all the same. Memory is locked where the system lets a process lock all it needs (`ulimit -l unlimited`, in systemd
//! `LimitMEMLOCK=infinity`); with a limit it is not tried, since a process that runs into the limit is killed by its next allocation.

use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
};

/// What could be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// Whether memory stays out of swap.
    pub locked: bool,
    /// What could not be done, and what the operator can do about it.
    pub notes: Vec<String>,
}

/// Protects this process.
pub fn process() -> Protected {
    let mut notes = Vec::new();
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        notes.push(format!(
            "core dumps could not be switched off: {error}; set LimitCORE=0"
        ));
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        notes.push(format!(
            "other processes of this user can read this one's memory: {error}"
        ));
    }
    let limit = getrlimit(Resource::Memlock);
    if limit.current.is_some() {
        notes.push(
            "memory is not locked, so swap may hold keys: encrypt swap, or set LimitMEMLOCK=infinity".into(),
        );
        return Protected {
            locked: false,
            notes,
        };
    }
    // Only pages that are used: a node reserves more than it touches.
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    let locked = mlockall(all);
    if let Err(error) = &locked {
        notes.push(format!("memory could not be locked: {error}; encrypt swap"));
    }
    Protected {
        locked: locked.is_ok(),
        notes,
    }
}
