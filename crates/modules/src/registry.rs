//! The modules of this ledger: one line each, sorted.
//!
//! The line is the only thing outside its folder that a module needs. In its folder it takes a [slot](Slot): a hundred of refusal
//! numbers, which no other module can take as well. From the slots come the ledger's registry, the read model's
//! projections, and the [descriptions](Description) that routes, OpenAPI, command line, reference pages and console follow.

use crate::domain::{Description, Domain, Misfit};
use convoy_ledger::Registry;
use convoy_readmodel::Projection;
use serde_json::Value;
use std::{marker::PhantomData, sync::LazyLock};

pub mod custody;
pub mod membership;
pub mod policy;

/// Who vouches for signers, whatever the modules do.
fn authority() -> membership::Membership {
    membership::Membership::default()
}

/// Who permits actions, whatever the modules do.
fn guard() -> policy::Policy {
    policy::Policy::default()
}

/// A hundred of refusal numbers: `Hundred<3>` is 300 to 399.
#[derive(Clone, Copy, Debug)]
pub struct Hundred<const N: u16>;

/// Implemented for the [`Hundred`] that a module takes. Two modules in one hundred do not compile.
pub trait Slot {
    /// The module.
    type Module: Domain;
}

/// Does something with the type of each module.
pub(crate) trait Visit {
    fn module<D: Domain>(&mut self);
}

/// Whether a hundred is taken is decided where the probe's type is known: a method on the probe itself is found before one on a
/// reference to it, so [`Taken`] answers where there is a [`Slot`], and [`Free`] everywhere else.
struct Probe<T>(PhantomData<T>);

trait Taken {
    fn show(&self, visitor: &mut impl Visit);
}

impl<H: Slot> Taken for Probe<H> {
    fn show(&self, visitor: &mut impl Visit) {
        visitor.module::<H::Module>();
    }
}

trait Free {
    fn show(&self, _: &mut impl Visit) {}
}

impl<H> Free for &Probe<H> {}

macro_rules! slots {
    ($($hundred:literal)*) => {
        /// The hundreds that modules may take: 1000 to 1099 are the form of statements, 2000 to 2099 the HTTP interface.
        pub const HUNDREDS: &[u16] = &[$($hundred),*];

        pub(crate) fn each(visitor: &mut impl Visit) {
            $((&Probe::<Hundred<$hundred>>(PhantomData)).show(visitor);)*
        }
    };
}

slots! {
    1 2 3 4 5 6 7 8 9
    30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49
    50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69
}

struct Registered(Registry);

impl Visit for Registered {
    fn module<D: Domain>(&mut self) {
        let so_far = std::mem::replace(&mut self.0, Registry::new(authority()));
        self.0 = so_far.with(D::default());
    }
}

/// The registry of every module, with membership as the authority on signers and policy as the guard before every action.
pub fn registry() -> Registry {
    let mut all = Registered(Registry::new(authority()));
    each(&mut all);
    all.0.guarded_by(guard())
}

struct Projected(Vec<Box<dyn Projection>>);

impl Visit for Projected {
    fn module<D: Domain>(&mut self) {
        self.0.push(D::projection());
    }
}

/// One projection for each module, fresh, for whoever opens the read model.
pub fn projections() -> Vec<Box<dyn Projection>> {
    let mut all = Projected(Vec::new());
    each(&mut all);
    all.0
}

struct Described(Vec<Description>);

impl Visit for Described {
    fn module<D: Domain>(&mut self) {
        self.0.push(Description::of::<D>());
    }
}

/// Every module's description, by its hundred.
pub fn domains() -> &'static [Description] {
    static ALL: LazyLock<Vec<Description>> = LazyLock::new(|| {
        let mut all = Described(Vec::new());
        each(&mut all);
        all.0
    });
    &ALL
}

/// The description of the module called `name`.
///
/// # Errors
/// When there is no such module; the error lists those there are.
pub fn domain(name: &str) -> Result<&'static Description, Misfit> {
    let found = domains().iter().find(|domain| domain.name() == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = domains().iter().map(Description::name).collect();
        let name: String = name.chars().take(40).collect();
        Misfit::at(
            "/module",
            format!(
                "module `{name}` is not part of this ledger; use one of {}",
                known.join(", ")
            ),
        )
    })
}

/// The body (deterministic CBOR) of an action of `module` written as JSON.
///
/// # Errors
/// When there is no such module or the JSON is none of its actions.
pub fn action_from_json(module: &str, action: &Value) -> Result<Vec<u8>, Misfit> {
    domain(module)?.action_from_json(action)
}

/// An action's body as JSON, for people.
///
/// # Errors
/// When there is no such module or the body is none of its actions.
pub fn action_to_json(module: &str, body: &[u8]) -> Result<Value, Misfit> {
    domain(module)?.action_to_json(body)
}
