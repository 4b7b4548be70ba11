//! A new module builds; a bad name changes nothing.

use super::*;
use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// The copy's package that only names dependencies.
const FEATURES: &str = "features";

/// Adds the features that `dependency` names to those that are `wanted`.
fn merge(wanted: &mut toml::Value, dependency: &toml::Value) {
    let (Some(wanted), Some(dependency)) = (wanted.as_table_mut(), dependency.as_table()) else {
        return;
    };
    for (key, value) in dependency {
        match (wanted.get_mut(key), value) {
            (Some(toml::Value::Array(there)), toml::Value::Array(more)) => {
                there.extend(more.iter().cloned());
            }
            (Some(_), _) => {}
            (None, _) => {
                wanted.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A copy of the tree's sources that goes away with the test.
struct Copy(PathBuf);

impl Copy {
    /// With everything that the modules need, and the manifests of the rest.
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "convoy-new-module-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let copy = Self(std::env::temp_dir().join(name));
        let root = tree::workspace_root().unwrap();
        for path in tree::files(
            &root,
            &[
                "rs",
                "toml",
                "lock",
                "md",
                "in",
                "json",
                "cedar",
                "cedarschema",
            ],
        )
        .unwrap()
        {
            let target = copy.0.join(path.strip_prefix(&root).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(&path, &target).unwrap();
        }
        copy.with_another_version();
        copy.with_the_workspaces_features();
        copy
    }

    /// The copy's crates are built into the workspace's target folder, so that third-party crates are compiled once. Another
    /// version keeps its own crates apart from the workspace's there; they run for seconds, so nothing is optimised.
    fn with_another_version(&self) {
        let path = self.0.join("Cargo.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = manifest.lines().collect();
        let at = lines
            .iter()
            .position(|line| *line == "[workspace.package]")
            .unwrap()
            + 1;
        assert!(lines[at].starts_with("version = "), "{}", lines[at]);
        lines[at] = "version = \"0.0.0\"";
        let optimised = "\nopt-level = 1\n";
        let manifest = lines.join("\n") + "\n";
        assert!(manifest.contains(optimised), "{manifest}");
        fs::write(path, manifest.replace(optimised, "\nopt-level = 0\n")).unwrap();
    }

    /// A package built alone resolves to fewer features of its dependencies, and they would all be compiled once more. An
    /// empty package that depends on whatever any package of the workspace does makes them the same.
    fn with_the_workspaces_features(&self) {
        let mut all = toml::Table::new();
        for folder in fs::read_dir(self.0.join("crates")).unwrap() {
            let path = folder.unwrap().path().join("Cargo.toml");
            let manifest: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
            for table in ["dependencies", "dev-dependencies"] {
                let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else {
                    continue;
                };
                let others = table
                    .iter()
                    .filter(|(name, _)| !name.starts_with("convoy-"));
                for (name, dependency) in others {
                    merge(
                        all.entry(name).or_insert_with(|| toml::Table::new().into()),
                        dependency,
                    );
                }
            }
        }
        let mut manifest = format!(
            "package = {{ name = \"{FEATURES}\", version = \"0.0.0\", edition = \"2024\" }}\nlib = {{ path = \"lib.rs\" }}\n"
        )
        .parse::<toml::Table>()
        .unwrap();
        manifest.insert("dependencies".to_owned(), all.into());
        let folder = self.0.join("crates").join(FEATURES);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Cargo.toml"), manifest.to_string()).unwrap();
        fs::write(folder.join("lib.rs"), "").unwrap();
    }

    fn make(&self, name: &str) -> Result<String, String> {
        run(&self.0, &[name.to_owned()])
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// Runs the modules' tests; what was printed.
    fn test(&self, names: &[&str]) -> String {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // Third-party crates are compiled once for the workspace and for the copy.
        let shared = tree::workspace_root().unwrap().join("target");
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| shared.into());
        let output = Command::new(cargo)
            // Set by whoever writes the pages anew; the copy's must be found out of date.
            .env_remove("CONVOY_WRITE_REFERENCE")
            .args([
                "test",
                "--offline",
                "--quiet",
                "--package",
                "convoy-modules",
                "--package",
                FEATURES,
                "--lib",
                "--",
            ])
            .args(["--format=pretty"])
            .args(names)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("RUST_BACKTRACE")
            .current_dir(&self.0)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Writes the files that the guide shows over those that the command made.
    fn follow_the_guide(&self) -> usize {
        let guide = self.read("docs/guides/your-first-module.md");
        let mut files = 0;
        for block in guide.split("\n```").skip(1) {
            let Some((info, text)) = block.split_once('\n') else {
                continue;
            };
            let Some(path) = info.split_once(' ').map(|(_, path)| path) else {
                continue;
            };
            fs::write(self.0.join(MODULES).join(path), format!("{text}\n")).unwrap();
            files += 1;
        }
        files
    }
}

/// The tests that ended so, by name.
fn ended<'s>(said: &'s str, how: &str) -> Vec<&'s str> {
    let lines = said
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(how));
    let mut names: Vec<&str> = lines.map(|name| name.trim_end_matches(" ... ")).collect();
    names.sort_unstable();
    names
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_new_module_is_a_folder_and_one_line_that_builds_and_whose_failing_tests_say_what_to_fill_in() {
    let copy = Copy::new();
    let before = copy.read(REGISTRY);
    let said = copy.make("weighing").unwrap();
    assert!(said.contains("refusals 300 to 399"), "{said}");
    let registry = copy.read(REGISTRY);
    let added: Vec<&str> = registry
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert_eq!(added, ["pub mod weighing;"]);
    assert_eq!(registry.lines().count(), before.lines().count() + 1);
    // One of the two stays as the command made it, the other becomes what the guide says.
    let other = copy.make("fuelcard").unwrap();
    assert!(other.contains("refusals 400 to 499"), "{other}");
    assert_eq!(copy.follow_the_guide(), FILES.len());
    let said = copy.test(&["weighing::", "fuelcard::", "domain::"]);
    let expected = [
        "domain::tests::the_checked_in_reference_is_the_generated_one",
        "registry::fuelcard::tests::fill_in_a_claim_of_your_own",
        "registry::fuelcard::tests::fill_in_a_record_of_your_own",
        "registry::fuelcard::tests::fill_in_the_readme",
        "registry::fuelcard::tests::fill_in_what_the_module_is_for",
    ];
    assert_eq!(ended(&said, "FAILED"), expected, "{said}");
    let passed = ended(&said, "ok");
    for module in ["weighing", "fuelcard"] {
        let own = passed
            .iter()
            .filter(|name| name.contains(&format!("::{module}::")));
        assert!(own.count() >= 3, "{module}: {said}");
    }
}

#[test]
fn a_bad_or_taken_name_changes_nothing() {
    let root = tree::workspace_root().unwrap();
    let before = tree::read(&root.join(REGISTRY)).unwrap();
    for (name, why) in [
        ("custody", "there is a module of this name"),
        ("Fuel", "lower-case"),
        ("fuel-card", "lower-case"),
        ("_fuel", "a letter first"),
        ("3d", "a letter first"),
        ("", "lower-case"),
        ("ab", "3 to 24"),
        ("anamethatnobodywantstotype", "3 to 24"),
        ("domain", "file or folder"),
        ("stored", "file or folder"),
        ("match", "taken"),
        ("node", "command line"),
        ("fuel_card", "lower-case"),
        ("bench", "command line"),
        ("../x", "lower-case"),
    ] {
        let refused = run(&root, &[name.to_owned()]).unwrap_err();
        assert!(refused.contains(why), "{name}: {refused}");
    }
    assert!(run(&root, &[]).is_err());
    assert_eq!(tree::read(&root.join(REGISTRY)).unwrap(), before);
}

#[test]
fn nothing_of_the_template_stays_in_what_is_made() {
    for (file, template) in FILES {
        let text = filled(template, "fuelcard", 3);
        for left in ["__name", "__Type", "__number", "__last", "__hundred"] {
            assert!(!text.contains(left), "{file} still says {left}");
        }
    }
}

#[test]
fn the_hundreds_that_are_there_and_those_that_are_taken_are_read_from_the_sources() {
    let registry = tree::read(&tree::workspace_root().unwrap().join(REGISTRY)).unwrap();
    let all = hundreds_of(&registry);
    assert!(all.starts_with(&[1, 2, 3]) && all.len() > 30, "{all:?}");
    assert!(
        !all.contains(&10) && !all.contains(&20),
        "numbers of statements and of the interface"
    );
    let source = "/// Refusals.\nimpl Slot for Hundred<30> {\n    type Module = X;\n}\n";
    assert_eq!(slots_in(source).collect::<Vec<_>>(), [30]);
}
