//! Many who ask for the same overview while others have their turn.

use actix_web::rt::spawn;
use causeway_service::keys::Role;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::world::{World, corridor};
use crate::problem::Problem;
use crate::turns::{Length, long_at_a_time};

/// Takes every turn that there is for long work, until that is told otherwise.
async fn take_all_turns(world: &World) -> (watch::Sender<bool>, Vec<JoinHandle<()>>) {
    let done = watch::Sender::new(false);
    let (started, mut working) = watch::channel(0);
    let work = |_| {
        let (turns, mut done, started) = (world.api.clone(), done.subscribe(), started.clone());
        spawn(async move {
            let wait = move || {
                started.send_modify(|working| *working += 1);
                let handle = tokio::runtime::Handle::current();
                handle.block_on(done.wait_for(|done| *done)).map(drop).map_err(Problem::internal)
            };
            turns.turns().work(Length::Long, wait).await.unwrap();
        })
    };
    let all = (0..long_at_a_time()).map(work).collect();
    working.wait_for(|working| *working == long_at_a_time()).await.unwrap();
    (done, all)
}

#[actix_web::test]
async fn all_who_wait_get_one_answer_and_it_holds_what_was_recorded_meanwhile() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    world.send(&key, &corridor("a")).await.ok();
    let (done, others) = take_all_turns(&world).await;

    let asking = async { join_all((0..3).map(|_| world.get("/v1/situation", ""))).await };
    let recording = async {
        tokio::task::yield_now().await;
        world.send(&key, &corridor("b")).await.ok();
        done.send(true).unwrap();
    };
    let (answers, ()) = tokio::join!(asking, recording);
    let first = answers[0].json();
    assert_eq!(first["as_of"]["position"], 1);
    assert_eq!(first["data"]["corridors"].as_array().unwrap().len(), 2);
    for answer in &answers {
        assert_eq!((answer.status, answer.json()), (200, first.clone()));
    }
    let tag = answers[0].header("etag").unwrap();
    assert_eq!(world.get_again("/v1/situation", "", tag).await.status, 304);
    join_all(others).await;
}
