//! The part of S3 that `object_store` uses, in memory: objects, multipart uploads and lists.

mod hold;

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

use self::hold::Hold;
pub use self::hold::When;

/// One bucket named `bucket`, served on a port of its own.
#[derive(Clone)]
pub struct S3 {
    address: String,
    bucket: Arc<Mutex<Bucket>>,
}

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Bytes>,
    /// The parts of open uploads, by upload and number.
    parts: BTreeMap<String, BTreeMap<u32, Bytes>>,
    uploads: u32,
    gets: usize,
    refuses_parts: bool,
    on_deletion: Option<oneshot::Sender<String>>,
    hold: Option<Hold>,
}

impl S3 {
    pub async fn start() -> Self {
        // The program does this at startup. Another test of this process may have done it already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let s3 = Self { address, bucket: Arc::default() };
        let router = Router::new()
            .route("/bucket", axum::routing::get(list))
            .route("/bucket/{*key}", axum::routing::any(object))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(s3.clone(), hold::hold_back))
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

    /// Where a client of its own reaches it.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key and size of every object.
    pub fn objects(&self) -> Vec<(String, usize)> {
        self.bucket().objects.iter().map(|(key, bytes)| (key.clone(), bytes.len())).collect()
    }

    /// How many uploads were begun, and how many are still open.
    pub fn uploads(&self) -> (u32, usize) {
        let bucket = self.bucket();
        (bucket.uploads, bucket.parts.len())
    }

    /// Copies every object below a prefix to another.
    pub fn copy(&self, from: &str, to: &str) {
        let mut bucket = self.bucket();
        let below = |key: &str| key.strip_prefix(from).map(|rest| format!("{to}{rest}"));
        let copies: Vec<_> =
            bucket.objects.iter().filter_map(|(key, bytes)| Some((below(key)?, bytes.clone()))).collect();
        bucket.objects.extend(copies);
    }

    /// Loses every object.
    pub fn remove_all(&self) {
        self.bucket().objects.clear();
    }

    /// How many times an object was fetched.
    pub fn gets(&self) -> usize {
        self.bucket().gets
    }

    /// Resolves to the key of the object that is deleted next.
    pub fn next_deletion(&self) -> oneshot::Receiver<String> {
        let (sender, receiver) = oneshot::channel();
        self.bucket().on_deletion = Some(sender);
        receiver
    }

    /// Refuses every part from now on.
    pub fn refuse_parts(&self) {
        self.bucket().refuses_parts = true;
    }
}

async fn list(State(s3): State<S3>, Query(query): Query<BTreeMap<String, String>>) -> String {
    let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
    let bucket = s3.bucket();
    let found = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, bytes)| {
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
    let mut bucket = s3.bucket();
    let upload = query.get("uploadId").cloned();
    let number = query.get("partNumber").and_then(|number| number.parse().ok());
    match (method.as_str(), upload, number) {
        ("POST", None, _) => {
            bucket.uploads += 1;
            let upload = bucket.uploads.to_string();
            bucket.parts.insert(upload.clone(), BTreeMap::new());
            format!(
                "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            )
            .into_response()
        }
        ("PUT", Some(_), Some(_)) if bucket.refuses_parts => StatusCode::FORBIDDEN.into_response(),
        ("PUT", Some(upload), Some(number)) => match bucket.parts.get_mut(&upload) {
            Some(parts) => {
                parts.insert(number, body);
                [("etag", format!("\"{number}\""))].into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("PUT", None, _) => {
            bucket.objects.insert(key, body);
            [("etag", "\"e\"")].into_response()
        }
        ("POST", Some(upload), _) => match bucket.parts.remove(&upload) {
            Some(parts) => {
                bucket.objects.insert(key, parts.into_values().flatten().collect());
                "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
                    .into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("DELETE", upload, _) => {
            match upload {
                Some(upload) => drop(bucket.parts.remove(&upload)),
                None => {
                    bucket.objects.remove(&key);
                    let _receiver_may_be_gone = bucket.on_deletion.take().map(|sender| sender.send(key));
                }
            }
            StatusCode::NO_CONTENT.into_response()
        }
        ("GET", ..) => match bucket.objects.get(&key).cloned() {
            Some(bytes) => {
                bucket.gets += 1;
                let headers = [("etag", "\"e\""), ("last-modified", "Wed, 18 Mar 2026 12:00:00 GMT")];
                (headers, bytes).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
