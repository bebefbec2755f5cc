package supervise

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// The test binary plays the child as well: these machines need no shell, and neither does the image.
func TestMain(m *testing.M) {
	switch os.Getenv("CHILD") {
	case "":
		os.Exit(m.Run())
	case "exits with 7":
		os.Exit(7)
	case "takes USR2, then TERM":
		told := make(chan os.Signal, 2)
		signal.Notify(told, syscall.SIGUSR2, syscall.SIGTERM)
		os.Stdout.WriteString("ready\n")
		if <-told != syscall.SIGUSR2 {
			os.Exit(1)
		}
		if <-told != syscall.SIGTERM {
			os.Exit(2)
		}
		os.Exit(42)
	case "waits":
		select {}
	}
}

// All in one test: the reaper takes every child of the process, so there is one supervisor at a time.
func TestTheChildsEndIsKnown(t *testing.T) {
	t.Run("its exit code passes through", func(t *testing.T) {
		if code := ended(t, start(t, "exits with 7")); code != 7 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("a signal that kills it adds 128", func(t *testing.T) {
		child := start(t, "waits")
		if err := child.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if code := ended(t, child); code != 137 {
			t.Errorf("exit code %d", code)
		}
		if err := child.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("a signal to a child that is gone: %v", err)
		}
	})
	t.Run("signals reach it", func(t *testing.T) {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout := os.Stdout
		os.Stdout = write
		child := start(t, "takes USR2, then TERM")
		os.Stdout = stdout
		if _, err := read.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"SIGUSR2", "term"} {
			what, err := SignalNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Signal(what); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if code := ended(t, child); code != 42 {
			t.Errorf("exit code %d", code)
		}
	})
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	if _, err := Start([]string{"/no/such/program"}); err == nil {
		t.Error("it starts")
	}
}

func TestASignalThatNobodyKnowsIsRefused(t *testing.T) {
	if _, err := SignalNamed("SIGNOPE"); err == nil {
		t.Error("it passes")
	}
}

func start(t *testing.T, part string) *Process {
	t.Helper()
	t.Setenv("CHILD", part)
	child, err := Start([]string{os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	return child
}

func ended(t *testing.T, child *Process) int {
	t.Helper()
	select {
	case code := <-child.Exit():
		return code
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
		return -1
	}
}
