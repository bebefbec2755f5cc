package main

import (
	"flag"
	"fmt"
	"path/filepath"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/dynsec"
)

// accountSettings say where the accounts of a broker are declared and kept.
type accountSettings struct{ declared, passwords, data, seed string }

func (s *accountSettings) flags(set *flag.FlagSet) {
	set.StringVar(&s.declared, "accounts", "/mosquitto/config/accounts.json", "`file` that declares the accounts of the release")
	set.StringVar(&s.passwords, "passwords", "/mosquitto/accounts", "`folder` with a file per declared account: its password")
	set.StringVar(&s.data, "data", "/mosquitto/data", "`folder` of the broker's state")
	set.StringVar(&s.seed, "seed", "/mosquitto/seed/dynamic-security.json", "`file` that dynamic security starts from when the state has none; need not exist")
}

// prepare sees to it that the declared accounts are in dynamic security's file, and says what it did.
func (s *accountSettings) prepare() error {
	declared, err := dynsec.ReadDeclared(s.declared, s.passwords)
	if err != nil {
		return err
	}
	did, err := dynsec.Prepare(filepath.Join(s.data, "dynamic-security.json"), s.seed, declared)
	if err != nil {
		return err
	}
	for _, line := range did {
		say(line)
	}
	return nil
}

// accounts is what an agent asks for before each promotion: a broker reads the file only when it starts.
func accounts(arguments []string) (int, error) {
	var s accountSettings
	set := flags("accounts")
	s.flags(set)
	if err := set.Parse(arguments); err != nil {
		return 2, err
	}
	if set.NArg() > 0 {
		return 2, fmt.Errorf("%q is no flag: see launch accounts --help", set.Arg(0))
	}
	if err := s.prepare(); err != nil {
		return 1, err
	}
	return 0, nil
}
