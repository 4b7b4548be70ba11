//! The command line of Convoy: what an officer, an operator or a script types, and nothing that decides anything.
//!
//! Flow: [`main`] parses, one module per command does it through [`convoy_client`] or, for the commands that run a node,
//! through `convoy_node` and `convoy_api`; [`output`] writes; [`failure`] gives the exit code.
//!
//! Invariants: data goes to stdout, progress and hints to stderr; `--json` gives exactly one document; secrets are
//! never printed or taken as arguments that other users of the machine could read in the process list.

mod answer_files;
mod bench;
mod clock;
pub mod cluster;
mod compromised;
mod connection;
mod credential;
mod doctor;
mod export;
pub mod failure;
mod handover;
mod hardware;
mod identify;
mod key;
mod keyring;
pub mod network;
pub mod output;
mod receipt;
mod record;
mod track;
mod trust;
mod verbs;

mod capture;
mod demo;
mod node;
mod node_audit;
mod node_backup;
mod node_shadow;
mod passphrase;
mod person;
mod verify;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use failure::{Failure, Outcome};
use output::Screen;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by the ledger, or a check failed; the same again gives the same answer
  2  the command line, or a file given on it, is wrong
  3  the environment failed: a file, a port, a node that does not answer
130  stopped by Ctrl-C before it was done

Data goes to stdout, progress and hints to stderr. With --json, stdout carries one JSON document.";

/// Convoy: the shared ledger of allied defence logistics.
///
/// Every movement, handover and part is a signed statement that all entitled parties see at once,
/// nobody can alter, and anybody who holds it can prove without a network.
#[derive(Parser, Debug)]
#[command(name = "convoy", version, after_help = EXIT_CODES, after_long_help = EXIT_CODES, arg_required_else_help = true)]
struct CommandLine {
    /// Write one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Play the demonstration: four nations, goods from Turin to Tapa, a proof, a validator killed and caught up
    Demo(demo::Options),
    /// Found a network of several members; export what is yours, and check an export
    #[command(subcommand)]
    Network(network::Command),
    /// Run a node and look after it
    #[command(subcommand)]
    Node(node::Command),
    /// Make, show and list the keys that sign your statements
    #[command(subcommand)]
    Key(key::Command),
    /// Put EPCIS 2.0 documents onto the ledger
    Capture(capture::Options),
    /// Show where an object is, who has it, and everything that happened to it
    Track(track::Options),
    /// Say what a scanned or typed text is, and write what it names in all its forms
    Identify(identify::Options),
    /// Hand objects over to another member, and take them over
    #[command(subcommand)]
    Handover(handover::Command),
    /// Fetch a statement with its proof, or the proof that a record is there or is not, as a file that needs no network
    Receipt(receipt::Options),
    /// Check such a file with no network, and say what it proves
    Verify(verify::Options),
    /// Keep a trust file up to date: follow how each set of validators handed over to the next
    #[command(subcommand)]
    Trust(trust::Command),
    /// Have credentials about your people issued, show a part of yours, verify others'
    #[command(subcommand)]
    Credential(credential::Command),
    /// Measure a network of real processes under load
    Bench(bench::Options),
    /// The load of a bench
    #[command(hide = true)]
    BenchLoad(bench::LoadOptions),
    /// Print completions for a shell: convoy completions bash > ~/.local/share/bash-completion/completions/convoy
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, does what it says and gives the exit code.
pub fn main() -> ExitCode {
    // Before any secret is read. What could not be done a node says in its log; here it is no help.
    let _told_by_nodes = convoy_node::protect::process();
    let matches = match whole().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let _closed = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let screen = Screen::new(matches.get_flag("json"));
    let done = match verbs::named(&matches) {
        Some((domain, said)) => block_on(verbs::run(domain, said, screen)),
        None => match CommandLine::from_arg_matches(&matches) {
            Ok(arguments) => run(arguments.command, screen),
            Err(error) => Err(Failure::usage(error)),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(screen.json),
    }
}

/// The whole command line: the commands of this program, and the verbs of every module.
fn whole() -> clap::Command {
    verbs::add(CommandLine::command())
}

fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Demo(options) => demo::run(&options, screen),
        Command::Network(command) => network::run(&command, screen),
        Command::Node(command) => node::run(command, screen),
        Command::Key(command) => key::run(command, screen),
        Command::Capture(options) => block_on(capture::run(&options, screen)),
        Command::Track(options) => block_on(track::run(&options, screen)),
        Command::Identify(options) => identify::run(&options, screen),
        Command::Handover(command) => block_on(handover::run(command, screen)),
        Command::Receipt(options) => block_on(receipt::run(&options, screen)),
        Command::Verify(options) => verify::run(&options, screen),
        Command::Trust(command) => block_on(trust::run(command, screen)),
        Command::Credential(command) => block_on(credential::run(command, screen)),
        Command::Bench(options) => bench::run(&options, screen),
        Command::BenchLoad(options) => bench::run_load(&options),
        Command::Completions { shell } => completions(shell),
    }
}

/// Runs one command that talks to a node.
fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.map_err(Failure::environment)?.block_on(work)
}

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut whole(), "convoy", &mut script);
    let script = String::from_utf8(script).map_err(Failure::environment)?;
    output::put(script.trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        whole().debug_assert();
    }
}
