package dynsec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Account is one that every broker of a release has, whatever its volume remembers.
type Account struct {
	Username string   `json:"username"`
	Roles    []string `json:"roles"`
	password string
}

// Declared is what the release asks for.
type Declared struct {
	Accounts []Account `json:"accounts"`
	// AnonymousRoles are given to the group of clients without a login, for a broker that allows them.
	AnonymousRoles []string `json:"anonymousRoles,omitempty"`
}

// ReadDeclared reads the declaration, and each account's password from the file in passwords that has the account's name.
func ReadDeclared(declaration, passwords string) (Declared, error) {
	content, err := os.ReadFile(declaration)
	if err != nil {
		return Declared{}, fmt.Errorf("cannot read the declared accounts: %w: mount accounts.json there, or name it with --accounts", err)
	}
	var declared Declared
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&declared); err != nil {
		return Declared{}, fmt.Errorf(`%s is not {"accounts":[{"username":…,"roles":[…]}]}: %w`, declaration, err)
	}
	seen := map[string]bool{}
	for i := range declared.Accounts {
		account := &declared.Accounts[i]
		if err := account.check(); err != nil {
			return Declared{}, fmt.Errorf("%s: %w", declaration, err)
		}
		if seen[account.Username] {
			return Declared{}, fmt.Errorf("%s declares account %q twice: keep one of them", declaration, account.Username)
		}
		seen[account.Username] = true
		if account.password, err = Password(passwords, account.Username); err != nil {
			return Declared{}, err
		}
	}
	return declared, nil
}

func (a Account) check() error {
	switch {
	case a.Username == "":
		return errors.New("an account has no username: give it one")
	case strings.ContainsAny(a.Username, "/\x00+#") || a.Username == "." || a.Username == ".." || strings.HasPrefix(a.Username, ".."):
		return fmt.Errorf("account %q cannot be the name of a key in a Secret: use letters, digits, '-', '_' and '.'", a.Username)
	}
	return nil
}

// Password reads one account's password. Line ends after it are not part of it, since many editors and `echo` add one.
func Password(passwords, username string) (string, error) {
	file := filepath.Join(passwords, username)
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("account %q is declared but has no password: add the key %q to the Secret that is mounted at %s", username, username, passwords)
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the password of account %q: %w", username, err)
	}
	password := strings.TrimRight(string(content), "\r\n")
	switch {
	case password == "":
		return "", fmt.Errorf("the password of account %q is empty: give the key %q of the Secret mounted at %s a value", username, username, passwords)
	case len(password) > 65535:
		return "", fmt.Errorf("the password of account %q has %d bytes: MQTT carries 65535", username, len(password))
	case strings.ContainsRune(password, 0):
		return "", fmt.Errorf("the password of account %q contains a NUL byte, which Mosquitto cannot take: choose another", username)
	}
	return password, nil
}
