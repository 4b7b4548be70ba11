//! How a domain module plugs into the core.
//!
//! A module implements [`Module`] with its own types; the core drives it through an object-safe
//! mirror that this file derives. `validate` sees no state; `check` reads state and may refuse;
//! `apply` writes and cannot refuse. Every effect of an action, those in other modules included, is
//! checked before any of them is applied.

use crate::{
    FIRST_PROTOCOL,
    context::{Halt, Reader, Writer},
    reject::{self, Reject, Rule},
    standing::{Asked, Authority, Guard, Touched},
    state::StateKey,
};
use convoy_types::{
    Compartment, Did,
    cbor::{self, CborError},
    limits::CALLS_MAX,
    statement::Content,
};
use serde::de::DeserializeOwned;
use std::{any::Any, sync::Arc};

/// A request of one module to another, checked and applied as part of the same action.
#[derive(Clone)]
pub struct Call {
    module: &'static str,
    request: Arc<dyn Any + Send + Sync>,
}

impl Call {
    /// A request to module `M`.
    pub fn to<M: Module>(request: M::Call) -> Self {
        Self {
            module: M::NAME,
            request: Arc::new(request),
        }
    }
}

/// What an action will do: the module's own effects, then calls into others.
pub struct Effects<E> {
    /// Effects applied by the module itself, in order.
    pub own: Vec<E>,
    /// Requests to other modules, in order.
    pub calls: Vec<Call>,
}

impl<E> Effects<E> {
    /// Only own effects.
    pub fn of(own: Vec<E>) -> Self {
        Self {
            own,
            calls: Vec::new(),
        }
    }
}

/// A domain module: its types and its three steps.
pub trait Module: Send + Sync + 'static {
    /// Its name: the folder's, the route's and the action's.
    const NAME: &'static str;
    /// Its refusals, by number.
    const RULES: &'static [Rule];
    /// The refusal given for what policies deny.
    const DENIED: Rule = reject::NOT_PERMITTED;
    /// What users ask for.
    type Action: DeserializeOwned + Send + Sync + 'static;
    /// What other modules ask for.
    type Call: Send + Sync + 'static;
    /// What `check` decided and `apply` carries out.
    type Effect: Send + Sync + 'static;

    /// Checks what can be checked without state.
    fn validate(&self, action: &Self::Action) -> Result<(), Reject>;

    /// Names the state that `check` will probably read, so that it is fetched ahead in one batch.
    fn likely_keys(
        &self,
        compartment: &Compartment,
        signer: &Did,
        action: &Self::Action,
        keys: &mut Vec<StateKey>,
    );

    /// The version of the rules from which on `action` exists. Before that it may not be part of a block, because nodes whose build does not know it
    /// would refuse the block. The first version where nothing else is said.
    fn since(&self, _: &Self::Action) -> u32 {
        FIRST_PROTOCOL
    }

    /// What policies call `action` where its name alone is too wide: the same action with another consequence.
    fn narrower(&self, _: &Self::Action) -> Option<&'static str> {
        None
    }

    /// The records that `action` touches, for policies that ask whose they are.
    fn touched(&self, _: &mut Reader<'_>, _: &Self::Action) -> Result<Vec<Touched>, Halt> {
        Ok(Vec::new())
    }

    /// Decides what `action` does, or refuses it. Whether the signer may ask for it was decided before.
    fn check(
        &self,
        reader: &mut Reader<'_>,
        action: &Self::Action,
    ) -> Result<Effects<Self::Effect>, Halt>;

    /// Decides what a request of another module does, or refuses it.
    fn check_call(
        &self,
        reader: &mut Reader<'_>,
        call: &Self::Call,
    ) -> Result<Effects<Self::Effect>, Halt>;

    /// Decides what a timer that this module set does now.
    fn check_timer(
        &self,
        reader: &mut Reader<'_>,
        body: &[u8],
    ) -> Result<Effects<Self::Effect>, Halt>;

    /// Decides what follows from a decision that was made outside of the ledger and that every node was given: [`crate::Execution::decreed`].
    fn check_decree(&self, _: &mut Reader<'_>, _: &[u8]) -> Result<Effects<Self::Effect>, Halt> {
        Ok(Effects::of(Vec::new()))
    }

    /// Carries out an effect. It cannot refuse: the only way not to finish is [`Halt::NeedKeys`].
    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Self::Effect) -> Result<(), Halt>;
}

/// An action, decoded once.
pub(crate) type Decoded = Arc<dyn Any + Send + Sync>;

/// What makes a module act.
pub(crate) enum Trigger<'a> {
    Action(&'a Decoded),
    Call(&'a Call),
    Timer(&'a [u8]),
    Decree(&'a [u8]),
}

/// The object-safe mirror of [`Module`].
pub(crate) trait AnyModule: Send + Sync {
    fn name(&self) -> &'static str;
    fn rules(&self) -> &'static [Rule];
    fn denied(&self) -> Rule;
    fn since(&self, action: &Decoded) -> u32;
    fn narrower(&self, action: &Decoded) -> Option<&'static str>;
    fn touched(&self, reader: &mut Reader<'_>, action: &Decoded) -> Result<Vec<Touched>, Halt>;
    /// Decodes an action whose form was [checked](cbor::check), as a statement's are when it is decoded.
    fn decode(&self, body: &[u8]) -> Result<Decoded, Reject>;
    fn likely_keys(
        &self,
        compartment: &Compartment,
        signer: &Did,
        action: &Decoded,
        keys: &mut Vec<StateKey>,
    );
    fn check(
        &self,
        reader: &mut Reader<'_>,
        trigger: Trigger<'_>,
    ) -> Result<Effects<Decoded>, Halt>;
    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Decoded) -> Result<(), Halt>;
}

/// The refusal of an action that is none of `module`.
pub(crate) fn misshapen(module: &str, error: &CborError) -> Reject {
    reject::MALFORMED_ACTION.because(format!("action of module {module}: {error}"))
}

fn known<T: 'static>(value: &Decoded) -> &T {
    match value.downcast_ref() {
        Some(value) => value,
        None => panic!("a module was handed another module's value"),
    }
}

impl<M: Module> AnyModule for M {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn rules(&self) -> &'static [Rule] {
        M::RULES
    }

    fn denied(&self) -> Rule {
        M::DENIED
    }

    fn since(&self, action: &Decoded) -> u32 {
        Module::since(self, known(action))
    }

    fn narrower(&self, action: &Decoded) -> Option<&'static str> {
        Module::narrower(self, known(action))
    }

    fn touched(&self, reader: &mut Reader<'_>, action: &Decoded) -> Result<Vec<Touched>, Halt> {
        Module::touched(self, reader, known(action))
    }

    fn decode(&self, body: &[u8]) -> Result<Decoded, Reject> {
        let action: M::Action =
            cbor::from_checked(body).map_err(|error| misshapen(M::NAME, &error))?;
        self.validate(&action)?;
        Ok(Arc::new(action))
    }

    fn likely_keys(
        &self,
        compartment: &Compartment,
        signer: &Did,
        action: &Decoded,
        keys: &mut Vec<StateKey>,
    ) {
        Module::likely_keys(self, compartment, signer, known(action), keys);
    }

    fn check(
        &self,
        reader: &mut Reader<'_>,
        trigger: Trigger<'_>,
    ) -> Result<Effects<Decoded>, Halt> {
        let effects = match trigger {
            Trigger::Action(action) => Module::check(self, reader, known(action)),
            Trigger::Call(call) => self.check_call(reader, known(&call.request)),
            Trigger::Timer(body) => self.check_timer(reader, body),
            Trigger::Decree(body) => self.check_decree(reader, body),
        }?;
        let own = effects
            .own
            .into_iter()
            .map(|effect| Arc::new(effect) as Decoded)
            .collect();
        Ok(Effects {
            own,
            calls: effects.calls,
        })
    }

    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Decoded) -> Result<(), Halt> {
        Module::apply(self, writer, known(effect))
    }
}

/// The modules of a ledger, and who vouches for signers.
pub struct Registry {
    modules: Vec<Box<dyn AnyModule>>,
    authority: Box<dyn Authority>,
    guard: Option<Box<dyn Guard>>,
}

impl Registry {
    /// A registry without modules yet.
    pub fn new(authority: impl Authority + 'static) -> Self {
        Self {
            modules: Vec::new(),
            authority: Box::new(authority),
            guard: None,
        }
    }

    /// With `guard` before every signed action. Without one, modules alone decide.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Guard + 'static) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// Adds a module.
    ///
    /// # Panics
    /// When its name is taken or one of its refusal numbers is: both are faults of ours.
    #[must_use]
    pub fn with<M: Module>(mut self, module: M) -> Self {
        assert!(
            self.position(M::NAME).is_none(),
            "two modules are called {}",
            M::NAME
        );
        let taken: Vec<u16> = self.rules().map(|rule| rule.number).collect();
        let clash = M::RULES.iter().find(|rule| taken.contains(&rule.number));
        assert!(clash.is_none(), "refusal number used twice: {clash:?}");
        self.modules.push(Box::new(module));
        self
    }

    /// Every refusal that can be given, the core's first.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        reject::ALL
            .iter()
            .chain(self.modules.iter().flat_map(|module| module.rules()))
    }

    /// The modules' names.
    pub fn names(&self) -> Vec<&'static str> {
        self.modules.iter().map(|module| module.name()).collect()
    }

    pub(crate) fn authority(&self) -> &dyn Authority {
        &*self.authority
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.modules.iter().position(|module| module.name() == name)
    }

    pub(crate) fn module(&self, index: usize) -> &dyn AnyModule {
        &*self.modules[index]
    }

    pub(crate) fn guard(&self) -> Option<&dyn Guard> {
        self.guard.as_deref()
    }

    /// Asks the guard; returns what is to be done beside the action.
    pub(crate) fn permit(
        &self,
        reader: &mut Reader<'_>,
        module: usize,
        action: &Decoded,
        (body, content): (&[u8], &Content),
    ) -> Result<Vec<Call>, Halt> {
        let Some(guard) = &self.guard else {
            return Ok(Vec::new());
        };
        let module = self.module(module);
        let asked = Asked {
            module: module.name(),
            action: match module.narrower(action) {
                Some(name) => name,
                None => cbor::variant(body).unwrap_or_default(),
            },
            body,
            content,
            denied: module.denied(),
            touched: &|reader| module.touched(reader, action),
        };
        guard.permit(reader, &asked)
    }

    /// Checks `trigger`, everything it calls and `beside`; returns the effects in the order to apply them.
    pub(crate) fn plan(
        &self,
        reader: &mut Reader<'_>,
        module: usize,
        trigger: Trigger<'_>,
        beside: Vec<Call>,
    ) -> Result<Vec<(usize, Decoded)>, Halt> {
        let mut planned = Vec::new();
        let mut queue: Vec<Call> = beside;
        let mut take = |effects: Effects<Decoded>, module: usize, queue: &mut Vec<Call>| {
            planned.extend(effects.own.into_iter().map(|effect| (module, effect)));
            queue.extend(effects.calls);
        };
        take(
            self.module(module).check(reader, trigger)?,
            module,
            &mut queue,
        );
        let mut next = 0;
        while next < queue.len() {
            if next >= CALLS_MAX {
                return Err(reject::TOO_MANY_CALLS
                    .because(format!(
                        "the action calls other modules more than {CALLS_MAX} times"
                    ))
                    .into());
            }
            let call = queue[next].clone();
            let Some(called) = self.position(call.module) else {
                return Err(reject::UNKNOWN_MODULE
                    .because(format!("module {} is not part of this ledger", call.module))
                    .into());
            };
            take(
                self.module(called).check(reader, Trigger::Call(&call))?,
                called,
                &mut queue,
            );
            next += 1;
        }
        Ok(planned)
    }

    /// Applies planned effects in order.
    pub(crate) fn apply(
        &self,
        reader: &mut Reader<'_>,
        planned: &[(usize, Decoded)],
        events: &mut Vec<(&'static str, Vec<u8>)>,
    ) -> Result<(), Halt> {
        for (module, effect) in planned {
            let module = self.module(*module);
            let mut writer = Writer {
                reader,
                module: module.name(),
                events,
            };
            match module.apply(&mut writer, effect) {
                Err(Halt::Reject(reject)) => {
                    panic!("{} refused while applying: {reject}", module.name())
                }
                done => done?,
            }
        }
        Ok(())
    }
}
