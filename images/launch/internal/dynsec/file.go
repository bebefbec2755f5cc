// Package dynsec keeps the file of Mosquitto's dynamic-security plugin: makes the first one, and sees to it that the
// accounts which a release declares are in it with the passwords of its Secret. Everything else in the file belongs to
// the operators who change it through the broker, and is left as it is.
//
// The plugin reads the file at start only, so all of this happens before the broker starts.
package dynsec

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

//go:embed default.json
var standard []byte

// Prepare makes the file if there is none (from the seed if that exists, else the standard one), applies what is declared,
// and returns what it did, in words. It does not write when nothing changes.
func Prepare(file, seed string, declared Declared) ([]string, error) {
	var did []string
	content, err := os.ReadFile(file)
	fresh := errors.Is(err, fs.ErrNotExist)
	origin := file
	switch {
	case fresh:
		content, origin, err = first(seed)
		if err != nil {
			return nil, err
		}
		did = append(did, fmt.Sprintf("made %s from %s", file, origin))
	case err != nil:
		return nil, fmt.Errorf("cannot read the accounts of this broker: %w: the volume must be readable for user id %d (on Kubernetes: fsGroup)", err, os.Getuid())
	}
	changed, done, err := merge(content, declared)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", origin, err)
	}
	if !fresh && len(done) == 0 {
		return nil, nil
	}
	if err := write(file, changed); err != nil {
		return nil, fmt.Errorf("cannot write the accounts of this broker: %w: the volume must be writable for user id %d and not full", err, os.Getuid())
	}
	return append(did, done...), nil
}

func first(seed string) (content []byte, origin string, err error) {
	content, err = os.ReadFile(seed)
	switch {
	case err == nil:
		return content, seed, nil
	case errors.Is(err, fs.ErrNotExist):
		return standard, "the standard roles", nil
	default:
		return nil, "", fmt.Errorf("cannot read the seed: %w", err)
	}
}

// merge returns the content with what is declared in it, and what it took to get there.
func merge(content []byte, declared Declared) ([]byte, []string, error) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal(content, &document); err != nil {
		return nil, nil, fmt.Errorf("this is not a dynamic-security file: %w: nothing was changed; repair it, or restore a backup of it, or move it away to start with the declared accounts only", err)
	}
	if document == nil {
		return nil, nil, errors.New("this is not a dynamic-security file, but null: nothing was changed; restore a backup of it, or move it away to start with the declared accounts only")
	}
	roles, err := names(document["roles"], "rolename")
	if err != nil {
		return nil, nil, fmt.Errorf("its roles: %w", err)
	}
	var did []string
	roles, done, err := supplyRoles(document, declared.Accounts, roles)
	if err != nil {
		return nil, nil, err
	}
	did = append(did, done...)
	clients, done, err := mergeClients(document["clients"], declared.Accounts, roles)
	if err != nil {
		return nil, nil, err
	}
	if len(done) > 0 {
		document["clients"] = clients
		did = append(did, done...)
	}
	groups, done, err := mergeAnonymous(document, declared.AnonymousRoles, roles)
	if err != nil {
		return nil, nil, err
	}
	if len(done) > 0 {
		document["groups"] = groups
		did = append(did, done...)
	}
	if len(did) == 0 {
		return content, nil, nil
	}
	merged, err := json.MarshalIndent(document, "", "\t")
	return merged, did, err
}

// supplyRoles adds the standard roles that an account which is to be added needs and that are not there: somebody took them away, or
// an older version wrote the file. A new version's account must not keep a broker from starting. It returns all roles.
func supplyRoles(document map[string]json.RawMessage, accounts []Account, known []string) ([]string, []string, error) {
	usernames, err := names(document["clients"], "username")
	if err != nil {
		return nil, nil, fmt.Errorf("its clients: %w", err)
	}
	var defaults map[string]json.RawMessage
	if err := json.Unmarshal(standard, &defaults); err != nil {
		return nil, nil, err
	}
	standardRoles, err := list(defaults["roles"])
	if err != nil {
		return nil, nil, err
	}
	present, err := list(document["roles"])
	if err != nil {
		return nil, nil, fmt.Errorf("its roles: %w", err)
	}
	var did []string
	for _, account := range accounts {
		if slices.Contains(usernames, account.Username) {
			continue
		}
		for _, role := range account.Roles {
			at := slices.IndexFunc(standardRoles, func(each json.RawMessage) bool { return nameOf(each, "rolename") == role })
			if at < 0 || slices.Contains(known, role) {
				continue
			}
			present = append(present, standardRoles[at])
			known = append(known, role)
			did = append(did, fmt.Sprintf("added the standard role %q for account %q", role, account.Username))
		}
	}
	if len(did) > 0 {
		if document["roles"], err = json.Marshal(present); err != nil {
			return nil, nil, err
		}
	}
	return known, did, nil
}

func mergeClients(raw json.RawMessage, accounts []Account, roles []string) (json.RawMessage, []string, error) {
	clients, err := list(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("its clients: %w", err)
	}
	var did []string
	for _, account := range accounts {
		at := slices.IndexFunc(clients, func(client json.RawMessage) bool { return nameOf(client, "username") == account.Username })
		if at < 0 {
			client, err := newClient(account, roles)
			if err != nil {
				return nil, nil, err
			}
			clients = append(clients, client)
			did = append(did, fmt.Sprintf("added account %q", account.Username))
			continue
		}
		var client map[string]json.RawMessage
		if err := json.Unmarshal(clients[at], &client); err != nil {
			return nil, nil, fmt.Errorf("its client %q: %w", account.Username, err)
		}
		if matches(client, account.password) {
			continue
		}
		encoded, err := encode(account.password)
		if err != nil {
			return nil, nil, err
		}
		for _, old := range []string{"password", "salt", "iterations"} {
			delete(client, old)
		}
		client["encoded_password"] = quoted(encoded)
		if clients[at], err = json.Marshal(client); err != nil {
			return nil, nil, err
		}
		did = append(did, fmt.Sprintf("gave account %q the password of its Secret", account.Username))
	}
	merged, err := json.Marshal(clients)
	return merged, did, err
}

func newClient(account Account, roles []string) (json.RawMessage, error) {
	given, err := assigned(account.Roles, roles, fmt.Sprintf("account %q", account.Username))
	if err != nil {
		return nil, err
	}
	encoded, err := encode(account.password)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"username":         account.Username,
		"textname":         "Declared by the release",
		"encoded_password": encoded,
		"roles":            given,
	})
}

func mergeAnonymous(document map[string]json.RawMessage, wanted, roles []string) (json.RawMessage, []string, error) {
	if len(wanted) == 0 {
		return nil, nil, nil
	}
	name := textOf(document["anonymousGroup"])
	groups, err := list(document["groups"])
	if err != nil {
		return nil, nil, fmt.Errorf("its groups: %w", err)
	}
	at := slices.IndexFunc(groups, func(group json.RawMessage) bool { return name != "" && nameOf(group, "groupname") == name })
	if at < 0 {
		return nil, nil, errors.New("roles are declared for anonymous clients, but it has no group for them: name one with the command setAnonymousGroup of dynamic security, or declare none")
	}
	var group map[string]json.RawMessage
	if err := json.Unmarshal(groups[at], &group); err != nil {
		return nil, nil, fmt.Errorf("its group %q: %w", name, err)
	}
	present, err := names(group["roles"], "rolename")
	if err != nil {
		return nil, nil, fmt.Errorf("the roles of its group %q: %w", name, err)
	}
	kept, err := list(group["roles"])
	if err != nil {
		return nil, nil, err
	}
	var did []string
	for _, role := range wanted {
		if slices.Contains(present, role) {
			continue
		}
		if _, err := assigned([]string{role}, roles, "anonymous access"); err != nil {
			return nil, nil, err
		}
		added, err := json.Marshal(assignment{role})
		if err != nil {
			return nil, nil, err
		}
		kept = append(kept, added)
		did = append(did, fmt.Sprintf("gave role %q to clients without a login", role))
	}
	if len(did) == 0 {
		return nil, nil, nil
	}
	if group["roles"], err = json.Marshal(kept); err != nil {
		return nil, nil, err
	}
	if groups[at], err = json.Marshal(group); err != nil {
		return nil, nil, err
	}
	merged, err := json.Marshal(groups)
	return merged, did, err
}

type assignment struct {
	Role string `json:"rolename"`
}

// assigned refuses a role that the file does not have: the plugin would leave it out without a word.
func assigned(wanted, known []string, who string) ([]assignment, error) {
	given := make([]assignment, 0, len(wanted))
	for _, role := range wanted {
		if !slices.Contains(known, role) {
			return nil, fmt.Errorf("%s is to have role %q, which it does not have (it has %q): create the role first, or declare another", who, role, known)
		}
		given = append(given, assignment{role})
	}
	return given, nil
}

func list(raw json.RawMessage) ([]json.RawMessage, error) {
	if raw == nil {
		return nil, nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, fmt.Errorf("%w: nothing was changed; repair the file or restore a backup of it", err)
	}
	return items, nil
}

func names(raw json.RawMessage, field string) ([]string, error) {
	items, err := list(raw)
	if err != nil {
		return nil, err
	}
	found := make([]string, 0, len(items))
	for _, item := range items {
		found = append(found, nameOf(item, field))
	}
	return found, nil
}

func nameOf(item json.RawMessage, field string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(item, &fields) != nil {
		return ""
	}
	return textOf(fields[field])
}

func quoted(value string) json.RawMessage {
	encoded, _ := json.Marshal(value) // a string always encodes
	return encoded
}

// write replaces the file in one step and makes it last: a power cut leaves the old or the new one.
func write(file string, content []byte) error {
	folder := filepath.Dir(file)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err = temporary.Write(content); err == nil {
		err = temporary.Sync()
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil { // CreateTemp made it 0600
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return err
	}
	directory, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer directory.Close()
	return directory.Sync()
}
