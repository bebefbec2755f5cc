package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccountsArePreparedWithoutStartingAnything(t *testing.T) {
	folder := t.TempDir()
	declared, passwords, data := filepath.Join(folder, "accounts.json"), filepath.Join(folder, "passwords"), filepath.Join(folder, "data")
	for _, made := range []string{passwords, data} {
		if err := os.Mkdir(made, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path, content string) {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(declared, `{"accounts":[{"username":"mqtt","roles":["client"]}]}`)
	arguments := []string{"--accounts", declared, "--passwords", passwords, "--data", data}
	if code, err := accounts(arguments); code != 1 || err == nil || !strings.Contains(err.Error(), `"mqtt"`) {
		t.Errorf("without a password: %d, %v", code, err)
	}
	write(filepath.Join(passwords, "mqtt"), "secret\n")
	for range 2 {
		if code, err := accounts(arguments); code != 0 || err != nil {
			t.Errorf("%d, %v", code, err)
		}
	}
	content, err := os.ReadFile(filepath.Join(data, "dynamic-security.json"))
	if err != nil || !strings.Contains(string(content), `"mqtt"`) || strings.Contains(string(content), "secret") {
		t.Errorf("%s, %v", content, err)
	}
	if code, err := accounts([]string{"extra"}); code != 2 || err == nil {
		t.Errorf("%d, %v", code, err)
	}
}
