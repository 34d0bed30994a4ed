//! The API's description as its page shows it: plain words, made from the OpenAPI document.

/// Everything on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiReference {
    /// What holds for all operations, a paragraph each.
    pub about: Vec<String>,
    /// How a request says whose it is.
    pub credentials: Vec<ApiCredential>,
    /// Operations by what they are about.
    pub groups: Vec<ApiGroup>,
    /// Objects that several operations have.
    pub objects: Vec<ApiObject>,
}

/// A way to identify the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiCredential {
    /// Its name.
    pub name: String,
    /// What it is.
    pub words: String,
}

/// Operations about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiGroup {
    /// What they are about.
    pub name: String,
    /// The same in a sentence.
    pub words: String,
    /// In the order of their paths.
    pub operations: Vec<ApiOperation>,
}

/// A method of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiOperation {
    /// Its name, which is also its place in the page's address.
    pub name: String,
    /// In capitals.
    pub method: String,
    /// With placeholders.
    pub path: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Who may ask.
    pub access: String,
    /// In the path, the query and the headers.
    pub parameters: Vec<ApiField>,
    /// What it takes.
    pub body: Option<ApiBody>,
    /// What it answers, by status.
    pub answers: Vec<ApiAnswer>,
    /// A command that asks it.
    pub example: String,
}

/// The body of a request or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiBody {
    /// What it is.
    pub words: String,
    /// The media types.
    pub types: String,
    /// What the JSON is, if it is no object of its own.
    pub kind: Option<ApiKind>,
    /// The fields of a JSON object.
    pub fields: Vec<ApiField>,
}

/// One status of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAnswer {
    /// The HTTP status.
    pub status: String,
    /// What comes with it. An error's fields are the same everywhere, and left out.
    pub body: ApiBody,
}

/// An object with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiObject {
    /// Its name, which is also its place in the page's address.
    pub name: String,
    /// What it is.
    pub body: ApiBody,
}

/// A parameter or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiField {
    /// Its name.
    pub name: String,
    /// Where a parameter stands: `path`, `query` or `header`. Empty for a field.
    pub place: String,
    /// Whether it is always there.
    pub is_required: bool,
    /// Its type.
    pub kind: ApiKind,
    /// What it is.
    pub words: String,
}

/// A type in words, perhaps with an object in their midst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKind {
    /// Words before the object, or all of them.
    pub before: String,
    /// The name of an [`ApiObject`].
    pub object: Option<String>,
    /// Words behind it.
    pub after: String,
}
