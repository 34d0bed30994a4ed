//! A connection that ends when its client is silent, or reads nothing, for too long.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep, sleep_until},
};

use super::activity::{Activity, Phase};

/// How long a client may leave an answer unread before the connection ends.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);
/// What a client is told whose head takes too long.
const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncache-control: no-store\r\ncontent-length: 0\r\n\r\n";

/// A stream with limits of time: on silence by [`Activity::deadline`], on writing by [`WRITE_TIMEOUT`].
pub(super) struct TimedStream<S> {
    stream: S,
    activity: Activity,
    silence: Pin<Box<Sleep>>,
    /// Runs while the client reads nothing.
    unread: Option<Pin<Box<Sleep>>>,
}

impl<S> TimedStream<S> {
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        let deadline = activity.deadline().unwrap_or_else(Instant::now);
        Self { stream, activity, silence: Box::pin(sleep_until(deadline)), unread: None }
    }

    /// Fails what is not written for too long.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread = None;
            return written;
        }
        let unread = self.unread.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        ready!(unread.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let has_received = read.is_ready() && buffer.filled().len() > filled;
        if has_received {
            this.activity.receive();
        }
        let Some(deadline) = this.activity.deadline() else { return read };
        if read.is_ready() && Instant::now() < deadline {
            return read;
        }
        if this.silence.deadline() != deadline {
            this.silence.as_mut().reset(deadline);
        }
        ready!(this.silence.as_mut().poll(cx));
        if this.activity.phase() == Phase::Head {
            // Written at once or not at all: nothing else was.
            let _ = Pin::new(&mut this.stream).poll_write(cx, TOO_SLOW);
        }
        // The end of the stream.
        buffer.set_filled(filled);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.bounded(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, pieces);
        this.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.bounded(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn connection() -> (DuplexStream, TimedStream<DuplexStream>, Activity) {
        let (client, server) = duplex(1_024);
        let activity = Activity::new();
        (client, TimedStream::new(server, activity.clone()), activity)
    }

    /// What the server reads until the end, and how long that takes.
    async fn read_all(stream: &mut TimedStream<DuplexStream>) -> (usize, Duration) {
        let (began, mut bytes) = (Instant::now(), Vec::new());
        stream.read_to_end(&mut bytes).await.expect("an end");
        (bytes.len(), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn silent_connection_ends_without_a_word() {
        let (mut client, mut server, _) = connection();
        assert_eq!(read_all(&mut server).await, (0, Duration::from_secs(75)));
        drop(server);
        let mut told = Vec::new();
        client.read_to_end(&mut told).await.expect("an end");
        assert!(told.is_empty(), "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn dripping_head_is_answered_408() {
        let (mut client, mut server, _) = connection();
        let drip = tokio::spawn(async move {
            let mut told = String::new();
            for byte in b"GET / HTTP/1.1\r\nhost: somewhere\r\n" {
                if client.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
            }
            client.read_to_string(&mut told).await.expect("an answer");
            told
        });
        let (_, took) = read_all(&mut server).await;
        assert_eq!(took, Duration::from_secs(10));
        drop(server);
        assert!(drip.await.expect("a client").starts_with("HTTP/1.1 408 "));
    }

    #[tokio::test(start_paused = true)]
    async fn request_may_take_as_long_as_it_takes() {
        let (client, mut server, activity) = connection();
        let request = activity.begin_request();
        let mut byte = [0];
        assert!(tokio::time::timeout(Duration::from_secs(3_600), server.read(&mut byte)).await.is_err());
        drop(request);
        assert_eq!(read_all(&mut server).await, (0, Duration::from_secs(75)));
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn unread_answer_ends_the_connection() {
        let (_client, mut server, _) = connection();
        let (began, answer) = (Instant::now(), vec![0; 10_000]);
        let error = server.write_all(&answer).await.expect_err("the client reads nothing");
        assert_eq!((error.kind(), began.elapsed()), (io::ErrorKind::TimedOut, WRITE_TIMEOUT));
    }
}
