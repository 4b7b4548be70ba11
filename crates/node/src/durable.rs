//! Files that are there whole or not at all, whatever ends the process.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Exchanges a file whole; who may read it stays as it was.
///
/// # Errors
/// It cannot be written; what was there before is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    exchange(
        path,
        bytes,
        &mut OpenOptions::new(),
        |file| match fs::metadata(path) {
            Ok(before) => file.set_permissions(before.permissions()),
            Err(_) => Ok(()),
        },
    )
}

/// As [`write`](fn@write), readable by its owner only.
///
/// # Errors
/// As there.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    exchange(path, bytes, OpenOptions::new().mode(0o600), |_| Ok(()))
}

fn exchange(
    path: &Path,
    bytes: &[u8],
    options: &mut OpenOptions,
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = options.create(true).truncate(true).write(true).open(&new)?;
    prepare(&file)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_exchanged_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer.json");
        for bytes in [&b"first"[..], b"second, and longer", b""] {
            write(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("nowhere/file"), b"x").is_err());
    }
}
