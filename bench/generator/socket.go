package main

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// rawSocket is a connection outside Go's own poller: in a loop that asks epoll itself, an exchange costs one read and
// one write, and no goroutine is woken.
type rawSocket int

func dialRaw(address string) (rawSocket, error) {
	resolved, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return 0, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, err
	}
	to := syscall.SockaddrInet4{Port: resolved.Port}
	copy(to.Addr[:], resolved.IP.To4())
	if err = syscall.Connect(fd, &to); err == nil {
		err = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return 0, err
	}
	return rawSocket(fd), nil
}

// The three calls below go to the system without telling Go's scheduler, which would otherwise look for other work and
// wake another thread around each of them. Nothing else runs in this process meanwhile, so nothing waits for it.

// waitForEvents blocks until a socket is ready or the time is over.
func waitForEvents(poll int, into []syscall.EpollEvent, millis int) int {
	n, _, errno := syscall.RawSyscall6(
		syscall.SYS_EPOLL_PWAIT, uintptr(poll), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)), uintptr(millis), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Read gives 0 and no error when nothing is there yet.
func (s rawSocket) Read(into []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)))
	switch {
	case errno == syscall.EAGAIN || errno == syscall.EINTR:
		return 0, nil
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.EOF
	}
	return int(n), nil
}

// Write may take less than all, and nothing at all, when the peer is slow.
func (s rawSocket) Write(from []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(s), uintptr(unsafe.Pointer(&from[0])), uintptr(len(from)))
	if errno == syscall.EAGAIN || errno == syscall.EINTR {
		return 0, nil
	}
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
