package main

import (
	"fmt"
	"net"
)

// Sends back what it reads, a goroutine a connection, until it is killed.
func echo() {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", size("ECHO_PORT", 7777)))
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer connection.Close()
			buffer := make([]byte, 4096)
			for {
				got, err := connection.Read(buffer)
				if err != nil {
					return
				}
				if _, err := connection.Write(buffer[:got]); err != nil {
					return
				}
			}
		}()
	}
}
