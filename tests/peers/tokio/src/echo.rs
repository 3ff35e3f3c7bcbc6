//! A server that sends back what it reads, a task a connection, until it is killed.
use crate::measurement::{multi, size};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub fn echo() {
    multi(async {
        let port = size("ECHO_PORT", 7777) as u16;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let mut buffer = [0u8; 4096];
                while let Ok(got @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..got]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
}
