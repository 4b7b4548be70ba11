//! `convoy`: the one binary. Everything it does is in the library, so that tests and the demo use the same code.

/// A node allocates and frees on many threads at once; the system's allocator keeps an arena for each of them and gives little back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    convoy_cli::main()
}
