//! Bodies whose description is not derived: envelopes, and objects of two parts.

use std::borrow::Cow;

use utoipa::{
    __dev::ComposeSchema,
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{Object, ObjectBuilder, Type},
    },
};

use crate::model::{LinkChange, LinkId, NewLink, Success};

/// No further fields.
pub(in crate::server::http::rest) struct Nothing;

impl PartialSchema for Nothing {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(Object::new()))
    }
}

impl ToSchema for Nothing {}

/// The fields of the answer with `success` before them, as one object.
///
/// For a type with a parameter, `utoipa::path` calls what its derive macro would implement.
impl<T: ToSchema> ComposeSchema for Success<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let success = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
        before("success", success.into(), true, T::schema())
    }
}

impl<T: ToSchema> ToSchema for Success<T> {
    fn name() -> Cow<'static, str> {
        format!("Success{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// The link's id beside its settings.
impl PartialSchema for NewLink {
    fn schema() -> RefOr<Schema> {
        before("linkId", LinkId::schema(), false, LinkChange::schema())
    }
}

impl ToSchema for NewLink {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        LinkChange::schemas(schemas);
    }
}

fn before(name: &str, field: RefOr<Schema>, is_required: bool, object: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = object else { return object };
    object.properties.insert(name.to_owned(), field);
    if is_required {
        object.required.push(name.to_owned());
    }
    RefOr::T(Schema::Object(object))
}
