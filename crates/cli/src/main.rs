//! `convoy`: the one binary. Everything it does is in the library, so that tests and the demo use the same code.

fn main() -> std::process::ExitCode {
    convoy_cli::main()
}
