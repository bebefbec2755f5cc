package dynsec

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

const (
	// The same cost as Mosquitto's own default: it is paid at each login, by a broker with one thread.
	iterations = 1000
	saltBytes  = 64
	hashBytes  = 64
	// A stored iteration count above this is not checked but replaced, so that a damaged file cannot stall the start.
	mostIterations = 10_000_000
)

// encode makes what Mosquitto keeps in "encoded_password": $7$iterations$salt$hash, PBKDF2 over SHA-512.
func encode(password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	hash, err := pbkdf2.Key(sha512.New, password, salt, iterations, hashBytes)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$7$%d$%s$%s", iterations,
		base64.StdEncoding.EncodeToString(salt), base64.StdEncoding.EncodeToString(hash)), nil
}

// matches says whether a client of the file has this password, in the form of Mosquitto 2.1 (encoded_password) or of 2.0
// (password, salt and iterations apart). A form that is not known does not match: the account is then given the declared one.
func matches(client map[string]json.RawMessage, password string) bool {
	if encoded := textOf(client["encoded_password"]); encoded != "" {
		parts := strings.Split(encoded, "$")
		if len(parts) != 5 || parts[1] != "7" {
			return false
		}
		count, err := strconv.Atoi(parts[2])
		return err == nil && derives(password, parts[3], parts[4], count)
	}
	var count int
	if json.Unmarshal(client["iterations"], &count) != nil {
		return false
	}
	return derives(password, textOf(client["salt"]), textOf(client["password"]), count)
}

func derives(password, salt64, hash64 string, count int) bool {
	salt, saltErr := base64.StdEncoding.DecodeString(salt64)
	hash, hashErr := base64.StdEncoding.DecodeString(hash64)
	if saltErr != nil || hashErr != nil || len(salt) == 0 || len(hash) == 0 || count < 1 || count > mostIterations {
		return false
	}
	derived, err := pbkdf2.Key(sha512.New, password, salt, count, len(hash))
	return err == nil && subtle.ConstantTimeCompare(derived, hash) == 1
}

func textOf(raw json.RawMessage) string {
	var value string
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	return value
}
