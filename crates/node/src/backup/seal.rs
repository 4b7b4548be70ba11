//! What backups are encrypted with: age (age-encryption.org/v1), to an X25519 key that each backup has for itself.
//!
//! With a passphrase the key is made here and kept in the folder, sealed by scrypt: so the passphrase is needed to read, and not to add, and a
//! node that makes backups by itself holds nothing that opens them.

use super::{About, BackupError, KEY, at};
use age::{
    DecryptError, Decryptor, Encryptor,
    secrecy::{ExposeSecret as _, SecretString},
    x25519,
};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
};
use zeroize::Zeroizing;

/// Level of zstd.
const COMPRESSION: i32 = 3;
/// Work for each guess at a passphrase, the logarithm of scrypt's N: about a second and 256 MiB. age would measure this machine instead, and
/// then take another's backup, made on a faster one, for one that cannot be opened.
const WORK: u8 = 18;
/// The most work that is done to open a backup; before [`WORK`] was fixed, a fast machine chose up to this.
const WORK_MAX: u8 = 21;
/// A sealed file that opens to more than this is refused, bytes.
const OPENED_BYTES_MAX: u64 = 4 << 30;

/// Whom a backup is for.
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// Reads `age1…`.
    ///
    /// # Errors
    /// It is no such key.
    pub fn parse(text: &str) -> Result<Self, BackupError> {
        text.trim().parse().map(Self).map_err(|_| {
            BackupError::Key(format!(
                "`{text}` is no age recipient; it begins with age1 and `age-keygen` prints it"
            ))
        })
    }

    /// `age1…`
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Compresses and seals.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, BackupError> {
        let fault = |error: &dyn std::fmt::Display| BackupError::Key(format!("sealing: {error}"));
        let squeezed = zstd::encode_all(plain, COMPRESSION).map_err(|error| fault(&error))?;
        age::encrypt(&self.0, &squeezed).map_err(|error| fault(&error))
    }
}

/// What opens a backup.
#[derive(Clone)]
pub struct Key(x25519::Identity);

impl Key {
    /// Reads `AGE-SECRET-KEY-1…`, the first such line of `text`.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(text: &str) -> Result<Self, BackupError> {
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("AGE-SECRET-KEY-"));
        line.and_then(|line| line.parse().ok())
            .map(Self)
            .ok_or_else(|| {
                BackupError::Key(
                    "there is no age key in it: a line that begins with AGE-SECRET-KEY-1".into(),
                )
            })
    }

    /// Makes a key and keeps it in `folder`, sealed with `passphrase`.
    pub(super) fn make(folder: &Path, passphrase: &str) -> Result<Recipient, BackupError> {
        let key = x25519::Identity::generate();
        let text = Zeroizing::new(key.to_string().expose_secret().to_owned());
        let fault = |error: &dyn std::fmt::Display| BackupError::Key(format!("sealing: {error}"));
        let mut sealed = Vec::new();
        let mut sealer = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
        sealer.set_work_factor(WORK);
        let encryptor = Encryptor::with_recipients(std::iter::once(&sealer as _))
            .map_err(|error| fault(&error))?;
        let mut writer = encryptor
            .wrap_output(&mut sealed)
            .map_err(|error| fault(&error))?;
        writer
            .write_all(text.as_bytes())
            .map_err(|error| fault(&error))?;
        writer.finish().map_err(|error| fault(&error))?;
        super::write::put(&folder.join(KEY), &sealed)?;
        Ok(Recipient(key.to_public()))
    }

    /// The key in `folder`, opened with `passphrase`.
    ///
    /// # Errors
    /// There is none, or the passphrase is not that of this backup.
    pub fn open(folder: &Path, passphrase: &str) -> Result<Self, BackupError> {
        let path = folder.join(KEY);
        let sealed = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BackupError::Key(
                "this backup was made for a key that its owner keeps; give the file with it: --identity FILE".into(),
            ),
            _ => at(&path)(error),
        })?;
        let wrong = |error| {
            BackupError::Key(match error {
                DecryptError::ExcessiveWork { required, .. } => format!(
                    "{KEY} wants 2^{required} rounds for a passphrase, more than 2^{WORK_MAX}: it was not made by this program, or was changed"
                ),
                _ => "the passphrase does not open this backup".into(),
            })
        };
        let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
        identity.set_max_work_factor(WORK_MAX);
        let decryptor = Decryptor::new(&sealed[..]).map_err(wrong)?;
        let mut reader = decryptor
            .decrypt(std::iter::once(&identity as _))
            .map_err(wrong)?;
        let mut text = Zeroizing::new(String::new());
        reader.read_to_string(&mut text).map_err(at(&path))?;
        Self::parse(&text)
    }

    /// That this is the key of the backup that `about` describes.
    pub(super) fn check(&self, about: &About) -> Result<(), BackupError> {
        match self.0.to_public().to_string() == about.recipient {
            true => Ok(()),
            false => Err(BackupError::Key(format!(
                "this key does not open the backup, which was made for {}",
                about.recipient
            ))),
        }
    }

    /// Opens and expands what [`Recipient::seal`] made.
    pub(super) fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let squeezed = age::decrypt(&self.0, sealed).map_err(|error| error.to_string())?;
        expand(&squeezed, OPENED_BYTES_MAX)
    }
}

/// Expands zstd to at most `bytes_max` bytes; what would be more is refused, never cut.
pub(super) fn expand(squeezed: &[u8], bytes_max: u64) -> Result<Vec<u8>, String> {
    let decoder = zstd::Decoder::new(squeezed).map_err(|error| error.to_string())?;
    let mut plain = Vec::new();
    decoder
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| error.to_string())?;
    match plain.len() as u64 > bytes_max {
        true => Err(format!("it expands to more than {bytes_max} bytes")),
        false => Ok(plain),
    }
}
