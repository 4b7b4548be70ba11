//! A question to the read model: its parameters and answer are types, its function is the module's.

use super::{
    fields::{Described, Field},
    read::{Misfit, read},
};
use convoy_readmodel::{ReadModelError, Snapshot};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};
use serde_json::Value;
use std::sync::Arc;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Rows of a list, at most.
const ROWS_MAX: usize = 500;
/// Rows of a list where nothing is said.
const ROWS: usize = 100;

/// How many rows are asked for: 1 to 500, 100 where left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limit(usize);

impl Limit {
    /// The number.
    pub fn rows(self) -> usize {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(ROWS)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match usize::deserialize(deserializer)? {
            rows if (1..=ROWS_MAX).contains(&rows) => Ok(Self(rows)),
            rows => Err(D::Error::custom(format!(
                "{rows} is not 1 to {ROWS_MAX}; ask for fewer and go on with the cursor"
            ))),
        }
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(ROWS_MAX))
            .default(Some(ROWS.into()))
            .description(Some("How many at most: 1 to 500, 100 where left out."))
            .into()
    }
}

impl ToSchema for Limit {
    fn name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }
}

/// What an answer is, for pages and tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Many alike: the field with the rows, the row's field that names it, and the question that shows one.
    List {
        /// The answer's field that holds the rows.
        rows: &'static str,
        /// The row's field that names it.
        key: &'static str,
        /// The question that shows one row alone, whose parameter is called like the key.
        opens: Option<&'static str>,
    },
    /// One thing.
    Record,
    /// What happened to one thing, in order: the field with the entries.
    Timeline {
        /// The answer's field that holds the entries.
        entries: &'static str,
    },
}

/// A question ready to be asked; `None` where there is no such thing.
pub type Question = Box<dyn FnOnce(&Snapshot<'_>) -> Result<Option<Value>, ReadModelError> + Send>;

type Prepare = Arc<dyn Fn(&Value) -> Result<Question, Misfit> + Send + Sync>;

/// A question that a module answers.
pub struct Query {
    /// Its name: in the path, and as a verb.
    pub name: &'static str,
    /// What it answers, in one sentence.
    pub summary: &'static str,
    /// What its answer is.
    pub shape: Shape,
    /// Its parameters.
    pub fields: Vec<Field>,
    parameters: Described,
    answer: Described,
    prepare: Prepare,
}

impl Query {
    /// A question that always has an answer: `ask` gets the parameters `P` and gives `V`.
    pub fn ask<P, V>(
        name: &'static str,
        summary: &'static str,
        shape: Shape,
        ask: fn(&Snapshot<'_>, P) -> Result<V, ReadModelError>,
    ) -> Self
    where
        P: DeserializeOwned + ToSchema + Send + 'static,
        V: Serialize + ToSchema + 'static,
    {
        Self::made::<P, V>(
            name,
            summary,
            shape,
            Arc::new(move |json| {
                let parameters: P = read(json)?;
                Ok(Box::new(move |snapshot: &Snapshot<'_>| {
                    ask(snapshot, parameters).and_then(shown).map(Some)
                }))
            }),
        )
    }

    /// A question about one thing, which may not exist.
    pub fn find<P, V>(
        name: &'static str,
        summary: &'static str,
        shape: Shape,
        find: fn(&Snapshot<'_>, P) -> Result<Option<V>, ReadModelError>,
    ) -> Self
    where
        P: DeserializeOwned + ToSchema + Send + 'static,
        V: Serialize + ToSchema + 'static,
    {
        Self::made::<P, V>(
            name,
            summary,
            shape,
            Arc::new(move |json| {
                let parameters: P = read(json)?;
                Ok(Box::new(move |snapshot: &Snapshot<'_>| {
                    find(snapshot, parameters)?.map(shown).transpose()
                }))
            }),
        )
    }

    fn made<P: ToSchema, V: ToSchema>(
        name: &'static str,
        summary: &'static str,
        shape: Shape,
        prepare: Prepare,
    ) -> Self {
        let parameters = Described::of::<P>();
        Self {
            name,
            summary,
            shape,
            fields: parameters.fields(),
            parameters,
            answer: Described::named::<V>(),
            prepare,
        }
    }

    /// The question with these parameters.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub fn prepare(&self, parameters: &Value) -> Result<Question, Misfit> {
        (self.prepare)(parameters)
    }

    /// The schema of its answer.
    pub fn answer(&self) -> &RefOr<Schema> {
        &self.answer.schema
    }

    pub(super) fn described(&self) -> [&Described; 2] {
        [&self.parameters, &self.answer]
    }

    /// The fields of the rows of a list, or of the answer.
    pub(super) fn columns(&self) -> Vec<Field> {
        let answer = self.answer.fields();
        let rows = match self.shape {
            Shape::List { rows, .. } => rows,
            Shape::Timeline { entries } => entries,
            Shape::Record => return answer,
        };
        let row = answer.iter().find(|field| field.name == rows);
        row.map_or_else(Vec::new, |row| self.answer.fields_of(&row.schema["items"]))
    }
}

fn shown<V: Serialize>(view: V) -> Result<Value, ReadModelError> {
    serde_json::to_value(view).map_err(|error| convoy_readmodel::value::damaged(error.to_string()))
}
