//! The hardware token that keys are in: from the command line or the environment, with a PIN from a file or typed.

use crate::{
    failure::{Failure, Outcome},
    passphrase,
};
use clap::Args;
use convoy_node::pkcs11::{Pkcs11Config, Token, TokenError};
use std::{path::PathBuf, sync::Arc};

/// Where the token is.
#[derive(Args, Debug, Clone, Default)]
pub struct Hardware {
    /// Library of your hardware module (PKCS#11), such as /usr/lib/softhsm/libsofthsm2.so
    #[arg(long, value_name = "FILE", env = "CONVOY_PKCS11_MODULE")]
    pkcs11_module: Option<PathBuf>,
    /// Label of your token in it
    #[arg(
        long,
        value_name = "LABEL",
        env = "CONVOY_PKCS11_TOKEN",
        requires = "pkcs11_module"
    )]
    hardware_token: Option<String>,
    /// File with the token's PIN; otherwise you are asked
    #[arg(long, value_name = "FILE", env = "CONVOY_PKCS11_PIN_FILE")]
    pin_file: Option<PathBuf>,
}

impl Hardware {
    /// Signs in to the token.
    ///
    /// # Errors
    /// It is not said which, or it cannot be reached.
    pub fn open(&self) -> Outcome<Arc<Token>> {
        let (Some(module), Some(token)) = (&self.pkcs11_module, &self.hardware_token) else {
            return Err(
                Failure::usage("the key is in a hardware token, and it is not said which")
                    .remedy("give --pkcs11-module FILE and --hardware-token LABEL"),
            );
        };
        let config = Pkcs11Config {
            module: module.clone(),
            token: token.clone(),
            pin_file: self.pin_file.clone(),
            pin_env: None,
        };
        let pin = match &self.pin_file {
            Some(_) => config.pin().map_err(explained)?,
            None => passphrase::ask(&format!("PIN of the token {token}: "))?,
        };
        Token::open(&config, &pin).map_err(explained)
    }
}

fn explained(error: TokenError) -> Failure {
    match error {
        TokenError::Pin(_) => Failure::refused(error),
        TokenError::NoToken { .. } | TokenError::Algorithm(_) => Failure::usage(error),
        _ => Failure::environment(error),
    }
}
