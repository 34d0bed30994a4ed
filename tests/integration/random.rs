//! Twenty thousand random steps, compared with a model that is simple enough to trust.

mod model;

use serde_json::json;

use self::model::Model;
use crate::support::{dice::Dice, test_app::TestApp};

const STEPS: u32 = 20_000;
const SESSIONS: u64 = 30;
#[tokio::test]
async fn total_views_are_active_plus_finished_visits() {
    let (mut dice, seed) = Dice::new();
    let (app, mut model) = (TestApp::new().await, Model::default());
    for step in 0..STEPS {
        let session = format!("s{}", dice.below(SESSIONS));
        model.now = app.now();
        match dice.below(1_000) {
            0..200 => {
                let page = dice.below(13) as u32; // 0: no page is sent
                let epoch = dice.below(4);
                let mut more = json!({ "epoch": epoch });
                if page > 0 {
                    more["currentPage"] = page.into();
                }
                app.join_with(&session, more).await;
                model.join(&session, page, epoch);
            }
            200..600 => {
                let (page, visible) = (dice.below(13) as u32, dice.below(3));
                let mut more = json!({});
                if page > 0 {
                    more["currentPage"] = page.into();
                }
                if visible < 2 {
                    more["visible"] = (visible == 1).into();
                }
                let idle = (dice.below(4) == 0).then(|| dice.below(500) as u32);
                more["idle"] = idle.into();
                let status = app.act("heartbeat", &session, more).await.status;
                let beats = model.heartbeat(&session, page, (visible < 2).then_some(visible == 1), idle);
                assert_eq!(status, if beats { 200 } else { 404 }, "seed {seed}, step {step}");
            }
            600..700 => {
                let duration = (dice.below(2) == 0).then(|| dice.below(86_401));
                let epoch = (dice.below(2) == 0).then(|| dice.below(4));
                app.leave_with(&session, json!({ "duration": duration, "epoch": epoch })).await;
                model.leave(&session, duration, epoch);
            }
            700..950 => app.advance_ms(dice.below(15_000) as i64),
            950..953 => app.advance_ms(299_000 + dice.below(3_000) as i64),
            953..955 => app.advance_ms(dice.below(1_200_000) as i64),
            955..965 => {
                app.sweep().await;
                model.sweep(usize::MAX);
            }
            _ => {
                let snapshot = app.snapshot().await;
                model.sweep(20);
                assert_eq!(snapshot.metrics, model.metrics(), "seed {seed}, step {step}");
                assert_eq!(snapshot.active_viewers, model.viewers(), "seed {seed}, step {step}");
            }
        }
        model.now = app.now();
        if step % 20 == 0 {
            let stored: u64 = app.stored("XLEN", "visits", "");
            let (views, active) = (app.stored::<Option<u64>>("GET", "views", ""), model.active());
            let unswept = app.stored::<u64>("ZCARD", "seen", "") - active;
            assert_eq!(views.unwrap_or(0), active + unswept + stored, "seed {seed}, step {step}");
            assert_eq!(stored, model.finished.len() as u64, "seed {seed}, step {step}");
            assert_eq!(app.durations(), model.last_durations(), "seed {seed}, step {step}");
        }
    }
    app.sweep().await;
    model.sweep(usize::MAX);
    let metrics = app.snapshot().await.metrics;
    println!("{metrics:?}, {} visits finished", model.finished.len());
    assert_eq!(metrics.total_views, metrics.active_viewers + model.finished.len() as u64);
    assert_eq!(app.pages(), model.pages);
    assert!(metrics.total_views > 1_000 && model.resumed > 500, "the steps make enough visits and returns");
}
