package dynsec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// room is a broker's folders on a disk of its own.
type room struct {
	t                               *testing.T
	file, seed, accounts, passwords string
}

func newRoom(t *testing.T) room {
	folder := t.TempDir()
	r := room{t, filepath.Join(folder, "data", "dynamic-security.json"), filepath.Join(folder, "seed.json"), filepath.Join(folder, "accounts.json"), filepath.Join(folder, "accounts")}
	for _, inner := range []string{filepath.Dir(r.file), r.passwords} {
		if err := os.Mkdir(inner, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r.write(r.accounts, `{"accounts":[{"username":"admin","roles":["super-admin"]},{"username":"mqtt","roles":["client"]}]}`)
	r.password("admin", "first-admin")
	r.password("mqtt", "first-mqtt\n")
	return r
}

func (r room) write(file, content string) {
	r.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r room) password(username, password string) {
	r.write(filepath.Join(r.passwords, username), password)
}

func (r room) prepare() ([]string, error) {
	declared, err := ReadDeclared(r.accounts, r.passwords)
	if err != nil {
		return nil, err
	}
	return Prepare(r.file, r.seed, declared)
}

func (r room) mustPrepare() []string {
	r.t.Helper()
	did, err := r.prepare()
	if err != nil {
		r.t.Fatal(err)
	}
	return did
}

func (r room) refuses(words ...string) {
	r.t.Helper()
	before, _ := os.ReadFile(r.file)
	_, err := r.prepare()
	if err == nil {
		r.t.Fatal("it does not refuse")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			r.t.Errorf("the message does not say %q: %v", word, err)
		}
	}
	for _, secret := range []string{"first-admin", "first-mqtt"} {
		if strings.Contains(err.Error(), secret) {
			r.t.Errorf("the message shows a password: %v", err)
		}
	}
	if after, _ := os.ReadFile(r.file); string(after) != string(before) {
		r.t.Error("the file was changed")
	}
}

func (r room) document() map[string]any {
	r.t.Helper()
	content, err := os.ReadFile(r.file)
	if err != nil {
		r.t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(content, &document); err != nil {
		r.t.Fatal(err)
	}
	return document
}

func (r room) client(username string) map[string]any {
	r.t.Helper()
	for _, client := range r.document()["clients"].([]any) {
		if client := client.(map[string]any); client["username"] == username {
			return client
		}
	}
	r.t.Fatalf("there is no client %s", username)
	return nil
}

func (r room) accepts(username, password string) bool {
	encoded, err := json.Marshal(r.client(username))
	if err != nil {
		r.t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		r.t.Fatal(err)
	}
	return matches(fields, password)
}

func TestAnEmptyVolumeGetsTheStandardRolesAndTheDeclaredAccounts(t *testing.T) {
	r := newRoom(t)
	r.mustPrepare()
	if !r.accepts("admin", "first-admin") || !r.accepts("mqtt", "first-mqtt") {
		t.Error("the declared passwords do not match")
	}
	if r.accepts("admin", "first-mqtt") {
		t.Error("a wrong password matches")
	}
	if roles := r.document()["roles"].([]any); len(roles) != 7 {
		t.Errorf("there are %d roles", len(roles))
	}
	about, err := os.Stat(r.file)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", about.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(r.file), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNothingIsWrittenWhenNothingChanges(t *testing.T) {
	r := newRoom(t)
	r.mustPrepare()
	before, _ := os.Stat(r.file)
	if did := r.mustPrepare(); len(did) > 0 {
		t.Errorf("it did %q", did)
	}
	if after, _ := os.Stat(r.file); !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Error("the file was written again")
	}
}

func TestARotatedSecretChangesThatAccountsPasswordOnly(t *testing.T) {
	r := newRoom(t)
	r.mustPrepare()
	before := r.client("mqtt")["encoded_password"]
	r.password("admin", "second-admin")
	did := r.mustPrepare()
	if len(did) != 1 || !strings.Contains(did[0], "admin") || strings.Contains(did[0], "second") {
		t.Errorf("it says %q", did)
	}
	if !r.accepts("admin", "second-admin") || r.accepts("admin", "first-admin") {
		t.Error("the password was not changed")
	}
	if r.client("mqtt")["encoded_password"] != before {
		t.Error("the other account was changed as well")
	}
}

func TestAnAccountDeclaredLaterIsAdded(t *testing.T) {
	r := newRoom(t)
	r.mustPrepare()
	r.write(r.accounts, `{"accounts":[{"username":"admin","roles":["super-admin"]},{"username":"bridge","roles":["client","sys-notify"]}]}`)
	r.password("bridge", "bridge-password")
	r.mustPrepare()
	if !r.accepts("bridge", "bridge-password") || !r.accepts("mqtt", "first-mqtt") {
		t.Error("bridge is missing, or mqtt, which is no longer declared, was touched")
	}
}

func TestWhatOperatorsChangedThroughTheBrokerStays(t *testing.T) {
	r := newRoom(t)
	r.write(r.file, `{"clients":[
		{"username":"sensor","encoded_password":"x","textname":"a < b","future":{"deep":[1,2.50,12345678901234567890]}},
		{"username":"admin","encoded_password":"$7$101$AAAA$AAAA","disabled":true,"roles":[{"rolename":"own","priority":3}],"groups":[{"groupname":"g"}]}],
		"roles":[{"rolename":"own"},{"rolename":"client"}],"groups":[],"futureTop":{"a":12345678901234567890}}`)
	r.mustPrepare()
	content, _ := os.ReadFile(r.file)
	for _, kept := range []string{`12345678901234567890`, `2.50`, `"futureTop"`, `"disabled": true`, `"priority": 3`, `"groupname": "g"`} {
		if !strings.Contains(string(content), kept) {
			t.Errorf("%s is lost:\n%s", kept, content)
		}
	}
	if r.client("sensor")["encoded_password"] != "x" || r.client("sensor")["textname"] != "a < b" {
		t.Error("an account that is not declared was touched")
	}
	if !r.accepts("admin", "first-admin") {
		t.Error("the declared password does not match")
	}
}

func TestTheFormOfMosquitto20IsRead(t *testing.T) {
	r := newRoom(t)
	encoded, err := encode("first-admin")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(encoded, "$")
	r.write(r.file, `{"clients":[{"username":"admin","password":"`+parts[4]+`","salt":"`+parts[3]+`","iterations":1000}],"roles":[{"rolename":"client"}]}`)
	if did := r.mustPrepare(); len(did) != 1 || !strings.Contains(did[0], "mqtt") {
		t.Errorf("it did %q", did)
	}
	r.password("admin", "second")
	r.mustPrepare()
	if _, old := r.client("admin")["salt"]; old || !r.accepts("admin", "second") {
		t.Error("the old form is still there beside the new one, or the password does not match")
	}
}

func TestTheSeedIsWhereAnEmptyVolumeStarts(t *testing.T) {
	r := newRoom(t)
	r.write(r.seed, `{"clients":[{"username":"restored"}],"roles":[{"rolename":"client"},{"rolename":"super-admin"}]}`)
	r.mustPrepare()
	r.client("restored")
	r.client("admin")
	r.write(r.seed, `{"clients":[{"username":"later"}],"roles":[]}`)
	if did := r.mustPrepare(); len(did) > 0 {
		t.Errorf("a volume that has accounts was seeded: %q", did)
	}
}

func TestABrokenFileIsRefusedAndLeftAsItIs(t *testing.T) {
	for _, broken := range []string{``, `{`, `[]`, `null`, `{"clients":{}}`, `{"clients":[],"roles":"x"}`} {
		r := newRoom(t)
		r.write(r.file, broken)
		r.refuses("dynamic-security.json", "backup")
	}
}

func TestABrokenSeedIsRefused(t *testing.T) {
	r := newRoom(t)
	r.write(r.seed, `{"clients":`)
	r.refuses("seed.json")
	if _, err := os.Stat(r.file); err == nil {
		t.Error("a file was made of it")
	}
}

func TestAnAccountWithoutItsPasswordIsRefusedByName(t *testing.T) {
	r := newRoom(t)
	os.Remove(filepath.Join(r.passwords, "mqtt"))
	r.refuses(`"mqtt"`, "Secret", r.passwords)
	r.password("mqtt", "\n")
	r.refuses(`"mqtt"`, "empty")
	r.password("mqtt", "a\x00b")
	r.refuses(`"mqtt"`, "NUL")
	r.password("mqtt", strings.Repeat("x", 70000))
	r.refuses(`"mqtt"`, "65535")
}

func TestARoleThatDoesNotExistIsRefused(t *testing.T) {
	r := newRoom(t)
	r.write(r.accounts, `{"accounts":[{"username":"admin","roles":["superadmin"]}]}`)
	r.refuses(`"superadmin"`, `"super-admin"`, "create the role")
}

func TestAStandardRoleThatSomebodyTookAwayComesBackForANewAccountOnly(t *testing.T) {
	r := newRoom(t)
	r.write(r.file, `{"clients":[{"username":"admin"},{"username":"mqtt"}],"roles":[{"rolename":"own"}]}`)
	r.mustPrepare()
	if roles := r.document()["roles"].([]any); len(roles) != 1 {
		t.Errorf("roles came back that no new account needs: %v", roles)
	}
	r.write(r.accounts, `{"accounts":[{"username":"admin","roles":["super-admin"]},{"username":"center","roles":["own","broker-admin"]}]}`)
	r.password("center", "center's")
	did := r.mustPrepare()
	if len(did) != 2 || !strings.Contains(did[0], `"broker-admin"`) || !strings.Contains(did[1], `"center"`) {
		t.Errorf("it did %q", did)
	}
	roles := r.document()["roles"].([]any)
	if len(roles) != 2 || len(roles[1].(map[string]any)["acls"].([]any)) != 4 {
		t.Errorf("roles are %v", roles)
	}
	if again := r.mustPrepare(); len(again) > 0 {
		t.Errorf("the second time it did %q", again)
	}
}

func TestAWrongDeclarationIsRefused(t *testing.T) {
	for content, word := range map[string]string{
		`{"accounts":[{"username":""}]}`:                                 "no username",
		`{"accounts":[{"username":"../x"}]}`:                             "Secret",
		`{"accounts":[{"username":"admin"},{"username":"admin"}]}`:       "twice",
		`{"accounts":[{"username":"admin","password":"on the screen"}]}`: "unknown field",
		`accounts: []`: "accounts.json",
	} {
		r := newRoom(t)
		r.write(r.accounts, content)
		r.refuses(word)
	}
	r := newRoom(t)
	os.Remove(r.accounts)
	r.refuses("--accounts")
}

func TestClientsWithoutALoginGetTheDeclaredRoles(t *testing.T) {
	r := newRoom(t)
	r.write(r.accounts, `{"accounts":[],"anonymousRoles":["client"]}`)
	r.mustPrepare()
	group := r.document()["groups"].([]any)[0].(map[string]any)
	roles := group["roles"].([]any)
	if len(roles) != 1 || roles[0].(map[string]any)["rolename"] != "client" {
		t.Errorf("roles are %v", roles)
	}
	if did := r.mustPrepare(); len(did) > 0 {
		t.Errorf("it did %q again", did)
	}
	r.write(r.accounts, `{"accounts":[],"anonymousRoles":["nobody"]}`)
	r.refuses(`"nobody"`)
}

func TestAHashThatCouldStallTheStartIsReplaced(t *testing.T) {
	for _, encoded := range []string{"$7$999999999$AAAA$AAAA", "$7$-1$AAAA$AAAA", "$7$1000$$", "$6$salt$hash", "$argon2id$v=19$x", "plain"} {
		if matches(map[string]json.RawMessage{"encoded_password": quoted(encoded)}, "first-admin") {
			t.Errorf("%s matches", encoded)
		}
	}
}
