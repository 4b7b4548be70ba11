//! Answers that are files, such as those of `convoy policy export`: shown one after another, or written into a folder.
//!
//! Invariants: an answer gives names of files and never paths, so that what a node says stays in the folder that was named.

use crate::{
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
};
use clap::{Arg, ArgMatches};
use convoy_modules::domain::{Query, Shape};
use serde_json::{Value, json};
use std::{ffi::OsStr, fmt::Write as _, fs, path::Path};

const FOLDER: &str = "folder";
/// What an answer calls its rows where each is a file, with the fields `file` and `text`.
const FILES: &str = "files";

/// Whether the answer to `query` is files.
pub fn are(query: &Query) -> bool {
    matches!(query.shape, Shape::List { rows: FILES, .. })
}

/// The option that says where to write them.
pub fn option(query: &Query) -> Option<Arg> {
    let option = Arg::new(FOLDER).long(FOLDER).value_name("FOLDER");
    are(query).then(|| {
        option.help("Write the files into this folder, which is made; without it they are shown")
    })
}

/// Where to write them, if anywhere.
pub fn folder<'s>(query: &Query, said: &'s ArgMatches) -> Option<&'s Path> {
    let named = are(query).then(|| said.get_one::<String>(FOLDER)).flatten();
    named.map(Path::new)
}

/// Writes them, and tells their paths.
pub fn write(answer: &Value, folder: &Path, screen: Screen) -> Outcome {
    let files = read(answer)?;
    fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).attempt(|| format!("write {}", path.display()))?;
        written.push(path.display().to_string());
    }
    if answer["cut"] == true {
        screen.hint("Some of it was left out: too much, or not for you to see");
    }
    screen.result(|| written.join("\n"), || json!({ "written": written }));
    Ok(())
}

/// Names and texts, where all of them are plain names.
fn read(answer: &Value) -> Outcome<Vec<(&str, &str)>> {
    let files = answer[FILES].as_array().into_iter().flatten();
    let read = files.map(|file| {
        let name = file["file"].as_str().unwrap_or_default();
        let is_plain = Path::new(name).file_name() == Some(OsStr::new(name));
        match (is_plain, file["text"].as_str()) {
            (true, Some(text)) => Ok((name, text)),
            _ => Err(Failure::refused(format!(
                "the node gave a file `{name}`, which is no plain name with a text; nothing was written"
            ))),
        }
    });
    read.collect()
}

/// One after another, each under its name.
pub fn shown(answer: &Value) -> String {
    let mut all = String::new();
    for file in answer[FILES].as_array().into_iter().flatten() {
        let text = |field: &str| file[field].as_str().unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(all, "==> {}\n{}", text("file"), text("text"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_in_the_folder_that_was_named() {
        let plain = json!({"files": [{"file": "policies.cedar", "text": "permit"}]});
        assert_eq!(read(&plain).unwrap(), [("policies.cedar", "permit")]);
        for name in ["../policies.cedar", "/etc/policies.cedar", "a/b", "..", ""] {
            let moved = json!({"files": [{"file": name, "text": "permit"}]});
            assert!(read(&moved).is_err(), "{name}");
        }
    }
}
