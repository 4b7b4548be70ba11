//! What a node process costs, read from `/proc` and its data folder (Linux).
//!
//! Memory is `VmHWM`, the highest resident size since the process started; processor time is user plus system time of all its threads;
//! disk is what the file system has allocated, so a sparse or preallocated file counts as what it occupies.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

/// Bytes in one block of `st_blocks` (POSIX leaves it open; Linux says 512).
const STAT_BLOCK_BYTES: u64 = 512;

/// The highest resident size of process `pid` so far, kibibytes.
pub fn resident_peak_kib(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    number_after(&status, "VmHWM:").ok_or_else(|| unreadable(pid, "status"))
}

/// Resident size of process `pid` now, kibibytes.
pub fn resident_kib(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    number_after(&status, "VmRSS:").ok_or_else(|| unreadable(pid, "status"))
}

/// Processor time that process `pid` has used, milliseconds.
pub fn processor_ms(pid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks = processor_ticks(&stat).ok_or_else(|| unreadable(pid, "stat"))?;
    Ok(ticks * 1_000 / rustix::param::clock_ticks_per_second())
}

/// Bytes that everything under `folder` occupies on disk. Files that vanish while we look count as nothing.
pub fn disk_bytes(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                total += about.blocks() * STAT_BLOCK_BYTES;
            }
        }
    }
    Ok(total)
}

/// Whether process `pid` is alive and was started with `argument` on its command line: a process id alone may have been reused.
pub fn runs_with(pid: u32, argument: &str) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
        line.split(|byte| *byte == 0)
            .any(|part| part == argument.as_bytes())
    })
}

/// The parent of process `pid`.
pub fn parent_of(pid: u32) -> io::Result<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    number_after(&status, "PPid:")
        .and_then(|parent| u32::try_from(parent).ok())
        .ok_or_else(|| unreadable(pid, "status"))
}

fn unreadable(pid: u32, file: &str) -> io::Error {
    io::Error::other(format!("/proc/{pid}/{file} is not in the format of Linux"))
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15 of proc_pid_stat(5), counted behind the command's closing bracket because the command may hold anything.
fn processor_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_brackets_does_not_shift_the_fields() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 9 0 0 0 7 5 0 0 20 0 1 0 100 0 0";
        assert_eq!(processor_ticks(stat), Some(12));
    }

    #[test]
    fn this_process_uses_memory_and_time() {
        let pid = std::process::id();
        let now = resident_kib(pid).unwrap();
        assert!(now > 0 && resident_peak_kib(pid).unwrap() >= now);
        assert!(processor_ms(pid).is_ok());
        assert!(!runs_with(pid, "no such argument"));
    }

    #[test]
    fn disk_counts_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/file"), vec![1; 64 * 1024]).unwrap();
        assert!(disk_bytes(folder.path()).unwrap() >= 64 * 1024);
    }
}
