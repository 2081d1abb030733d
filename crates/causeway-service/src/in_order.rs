//! Work that one thread hands out, all cores do, and one takes in the order of handing out.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// How much may be handed out and not taken yet.
const UNDER_WAY: usize = 16;

/// Has everything that `read` hands out done by `work`, and gives what comes of it to `take`.
///
/// # Errors
/// Of reading or taking, whichever came first; nothing is handed out or taken after it.
pub(crate) fn in_order<T, D, E>(
    read: impl FnOnce(&mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), E> + Send,
    work: fn(T) -> D,
    mut take: impl FnMut(D) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    D: Send + 'static,
    E: Send,
{
    let (sender, receiver) = sync_channel::<Receiver<D>>(UNDER_WAY);
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            read(&mut |task| {
                let (done, place) = sync_channel(1);
                match sender.send(place) {
                    // Whoever no longer waits has an error to tell.
                    Ok(()) => rayon::spawn(move || drop(done.send(work(task)))),
                    Err(_) => return ControlFlow::Break(()),
                }
                ControlFlow::Continue(())
            })
        });
        let mut places = receiver.iter();
        let taken = places.try_for_each(|place| take(place.recv().expect("work does not panic")));
        drop(receiver); // so that the reader stops where taking did
        let read = reader.join().expect("reading does not panic");
        taken.and(read)
    })
}
