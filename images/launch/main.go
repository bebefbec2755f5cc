// Launch is process 1 of the project's containers. It prepares what the program needs, runs it, passes signals on, and
// answers whether it works. The images have no shell: what a script would do there is done here.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const usage = `launch runs a program of Mosquitto HA in its container.

  launch agent [flags] [-- JVM FLAGS…]     the agent, which supervises Mosquitto and replicates its state
  launch center [flags] [-- JVM FLAGS…]    the management center
  launch broker [flags]                    Mosquitto alone, with its accounts and health endpoints
  launch accounts [flags]                  only prepares the accounts, as launch broker does first
  launch run [flags] -- COMMAND [ARGS…]    any program; a signal when a watched folder changes
  launch backup > FILE                     the broker's accounts, groups and roles (password hashes are in it: keep it private)
  launch ping --address HOST:PORT [flags]  exits with 0 if a broker answers an MQTT ping
  launch resolve NAME [--srv]              what the name service answers, one address or target:port a line

"launch COMMAND --help" lists the flags.
`

func main() { os.Exit(run(os.Args[1:])) }

func run(arguments []string) int {
	commands := map[string]func([]string) (int, error){
		"agent": agentApplication.launch, "center": centerApplication.launch, "broker": broker, "accounts": accounts, "run": program, "backup": backup, "ping": ping, "resolve": resolve,
	}
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	command, ok := commands[arguments[0]]
	if !ok {
		if arguments[0] == "help" || arguments[0] == "--help" || arguments[0] == "-h" {
			fmt.Print(usage)
			return 0
		}
		fmt.Fprintf(os.Stderr, "launch: there is no command %q\n\n%s", arguments[0], usage)
		return 2
	}
	code, err := command(arguments[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(os.Stderr, "launch: %v\n", err)
	}
	return code
}

// say writes a line as Mosquitto does, so that both read as one log.
func say(line string) {
	fmt.Printf("%s: launch: %s\n", time.Now().UTC().Format("2006-01-02T15:04:05Z"), line)
}

// folders is a flag that may be given more than once.
type folders []string

func (f *folders) String() string { return fmt.Sprint([]string(*f)) }

func (f *folders) Set(folder string) error {
	*f = append(*f, folder)
	return nil
}

func flags(name string) *flag.FlagSet { return flag.NewFlagSet("launch "+name, flag.ContinueOnError) }
