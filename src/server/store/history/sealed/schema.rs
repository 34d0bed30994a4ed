//! The schema of a sealed file, and how its columns are encoded.

use std::sync::{Arc, LazyLock};

use parquet::{
    basic::{Compression, Encoding, GzipLevel},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr},
    },
    schema::{
        parser::parse_message_type,
        types::{ColumnPath, Type, TypePtr},
    },
};

/// The entry of the file's metadata that names the version of the schema.
pub(super) const VERSION_KEY: &str = "sightline.visits";

/// A version of the schema. This server reads each, and writes the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Without what clients observed.
    One,
    /// With the thirds of pages, links opened and printing.
    Two,
    /// With whether the e-mail address is verified.
    Three,
    /// With how long the viewer counted as active behind the end.
    Four,
}

impl Version {
    const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];
    /// The version that this server writes.
    pub(super) const WRITTEN: Self = Self::Four;

    /// As the file's metadata has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
            Self::Four => "4",
        }
    }

    /// The version with this name, if the columns of a file are its columns.
    pub(super) fn of(name: &str, schema: &Type) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|version| version.name() == name)?;
        (schema == &**named.schema()).then_some(named)
    }

    /// Its columns.
    pub(super) fn schema(self) -> &'static TypePtr {
        static ONE: LazyLock<TypePtr> = LazyLock::new(|| parse("", ""));
        static TWO: LazyLock<TypePtr> = LazyLock::new(|| parse(THIRDS, OBSERVED));
        static THREE: LazyLock<TypePtr> = LazyLock::new(|| parse(THIRDS, &format!("{OBSERVED}{VERIFIED}")));
        static FOUR: LazyLock<TypePtr> =
            LazyLock::new(|| parse(THIRDS, &format!("{OBSERVED}{VERIFIED}{ACTIVE_AFTER}")));
        match self {
            Self::One => &ONE,
            Self::Two => &TWO,
            Self::Three => &THREE,
            Self::Four => &FOUR,
        }
    }
}

fn parse(of_page: &str, of_visit: &str) -> TypePtr {
    let message = format!("{MESSAGE}{of_page}      }}\n    }}\n  }}\n{of_visit}}}");
    Arc::new(parse_message_type(&message).expect("the schema is well-formed"))
}

/// The columns of version 1, up to those of a page. [`super::columns`] lists the leaf columns of the last version in the
/// same order: each version adds its own at the end.
///
/// Times are in UTC. A visit ended at `joined_at + visible_ms + away_ms`, and was recorded `recorded_after_ms` later; that
/// time and `sequence` are its id, and ascend. Three times of their own would take twice the bytes: most visits are
/// never away, and are recorded when they end. Encodings and codec are those that Spark, Trino and ClickHouse read as
/// well; with `BYTE_STREAM_SPLIT` a visit would take 1.7 bytes less, with Zstandard 0.3, with Snappy 7 more.
const MESSAGE: &str = "
message visit {
  required int64 joined_at (TIMESTAMP(MILLIS,true));
  required int64 visible_ms;
  required int64 away_ms;
  required int64 recorded_after_ms;
  required int64 sequence;
  optional int64 page_count;
  optional int64 exit_page;
  optional int64 downloaded_at (TIMESTAMP(MILLIS,true));
  required binary link (STRING);
  required binary document (STRING);
  optional binary version (STRING);
  optional binary reader (STRING);
  optional binary email (STRING);
  optional binary referrer (STRING);
  optional binary browser (STRING);
  optional binary system (STRING);
  optional binary device (STRING);
  optional binary country (STRING);
  optional boolean returning;
  required boolean archived;
  optional group pages (LIST) {
    repeated group list {
      required group element {
        required int64 page;
        required int64 visible_ms;
";
/// What version 2 adds to a page.
const THIRDS: &str = "        optional int64 thirds;\n";
/// What version 2 adds to a visit.
const OBSERVED: &str = "
  optional group clicked (LIST) {
    repeated group list {
      required binary element (STRING);
    }
  }
  optional boolean printed;
";
/// What version 3 adds to a visit.
const VERIFIED: &str = "  optional boolean email_verified;\n";
/// What version 4 adds to a visit.
const ACTIVE_AFTER: &str = "  optional int64 active_after_ms;\n";

/// Numbers that hardly repeat: their differences are stored, in as few bits as the largest of 32 takes.
const DELTAS: [&str; 4] = ["joined_at", "visible_ms", "downloaded_at", "pages.list.element.visible_ms"];
/// Zero in most visits, and otherwise any number: neither a dictionary nor differences pay.
const MOSTLY_ZERO: [&str; 2] = ["away_ms", "recorded_after_ms"];
/// The column by whose bounds a scan skips row groups. No other one has statistics: they would hold texts.
const BOUNDED: &str = "joined_at";

pub(super) static PROPERTIES: LazyLock<WriterPropertiesPtr> = LazyLock::new(|| {
    let level = GzipLevel::try_new(6).expect("a level of gzip");
    let mut properties = WriterProperties::builder()
        .set_created_by("sightline".to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(
            VERSION_KEY.to_owned(),
            Version::WRITTEN.name().to_owned(),
        )]))
        .set_compression(Compression::GZIP(level))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for column in DELTAS {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), Encoding::DELTA_BINARY_PACKED);
    }
    for column in MOSTLY_ZERO {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), Encoding::PLAIN);
    }
    let properties = properties.set_column_statistics_enabled(path(BOUNDED), EnabledStatistics::Chunk);
    Arc::new(properties.build())
});

fn path(column: &str) -> ColumnPath {
    ColumnPath::new(column.split('.').map(str::to_owned).collect())
}
