//! As much of S3 as `object_store` uses, in memory: objects, uploads in parts, and lists.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use tokio::{net::TcpListener, sync::oneshot};

/// One bucket, `bucket`, behind a socket of its own.
#[derive(Clone)]
pub struct S3 {
    address: String,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, Bytes>,
    /// The parts of uploads that are under way, by upload and number.
    parts: BTreeMap<String, BTreeMap<u32, Bytes>>,
    uploads: u32,
    gets: usize,
    full: bool,
    deleted: Option<oneshot::Sender<String>>,
}

impl S3 {
    pub async fn start() -> Self {
        // What the program does at its start. Another test of this process may have done it.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let s3 = Self { address, held: Arc::default() };
        let router = Router::new()
            .route("/bucket", axum::routing::get(list))
            .route("/bucket/{*key}", axum::routing::any(object))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(s3.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        s3
    }

    pub fn client(&self) -> AmazonS3 {
        AmazonS3Builder::new()
            .with_endpoint(&self.address)
            .with_allow_http(true)
            .with_bucket_name("bucket")
            .with_access_key_id("id")
            .with_secret_access_key("secret")
            .with_disable_bulk_delete(true)
            .build()
            .expect("a client")
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every object's key and size.
    pub fn objects(&self) -> Vec<(String, usize)> {
        self.held().objects.iter().map(|(key, bytes)| (key.clone(), bytes.len())).collect()
    }

    /// How many uploads were begun, and how many of them are under way.
    pub fn uploads(&self) -> (u32, usize) {
        let held = self.held();
        (held.uploads, held.parts.len())
    }

    /// How often an object was fetched.
    pub fn gets(&self) -> usize {
        self.held().gets
    }

    /// The key of the object that is deleted next.
    pub fn deleted(&self) -> oneshot::Receiver<String> {
        let (sender, receiver) = oneshot::channel();
        self.held().deleted = Some(sender);
        receiver
    }

    /// From now on no part is taken.
    pub fn refuse_parts(&self) {
        self.held().full = true;
    }
}

async fn list(State(s3): State<S3>, Query(query): Query<BTreeMap<String, String>>) -> String {
    let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
    let held = s3.held();
    let found = held.objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, bytes)| {
        let (size, modified) = (bytes.len(), "2026-03-18T12:00:00.000Z");
        format!(
            "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>{modified}</LastModified></Contents>"
        )
    });
    format!("<ListBucketResult>{}</ListBucketResult>", found.collect::<String>())
}

async fn object(
    State(s3): State<S3>,
    method: Method,
    Path(key): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert!(headers.contains_key("authorization"), "every request is signed");
    let mut held = s3.held();
    let upload = query.get("uploadId").cloned();
    let number = query.get("partNumber").and_then(|number| number.parse().ok());
    match (method.as_str(), upload, number) {
        ("POST", None, _) => {
            held.uploads += 1;
            let upload = held.uploads.to_string();
            held.parts.insert(upload.clone(), BTreeMap::new());
            format!(
                "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            )
            .into_response()
        }
        ("PUT", Some(_), Some(_)) if held.full => StatusCode::FORBIDDEN.into_response(),
        ("PUT", Some(upload), Some(number)) => match held.parts.get_mut(&upload) {
            Some(parts) => {
                parts.insert(number, body);
                [("etag", format!("\"{number}\""))].into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("POST", Some(upload), _) => match held.parts.remove(&upload) {
            Some(parts) => {
                held.objects.insert(key, parts.into_values().flatten().collect());
                "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
                    .into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("DELETE", upload, _) => {
            match upload {
                Some(upload) => drop(held.parts.remove(&upload)),
                None => {
                    held.objects.remove(&key);
                    let _nobody_waits = held.deleted.take().map(|sender| sender.send(key));
                }
            }
            StatusCode::NO_CONTENT.into_response()
        }
        ("GET", ..) => match held.objects.get(&key).cloned() {
            Some(bytes) => {
                held.gets += 1;
                let headers = [("etag", "\"e\""), ("last-modified", "Wed, 18 Mar 2026 12:00:00 GMT")];
                (headers, bytes).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
