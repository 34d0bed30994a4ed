//! Sealed files that a test writes itself: with texts that no join takes, or with more visits than it could record.

use std::path::Path;

use sightline::{
    model::Visit,
    server::store::{
        history::sealed::{FileName, SealedVisits},
        link_keys,
        objects::Objects,
    },
};

use super::redis_server::RedisServer;

/// Writes visits of one link, by their ids, to a file in a data folder, and lists it.
pub async fn seal(redis: &RedisServer, data_dir: &Path, visits: Vec<Visit>) {
    let link = visits[0].link.clone();
    let name = FileName::new(visits[0].id, visits[visits.len() - 1].id).expect("a name");
    let files = SealedVisits::new(Objects::local(data_dir).expect("a data folder"));
    let stats = files.write(&link, name, visits).await.expect("a file");
    let json = serde_json::to_string(&stats).expect("JSON");
    let added: u32 = redis.command(&["HSET", &link_keys::sealed(&link), &name.to_string(), &json]);
    assert_eq!(added, 1);
}
