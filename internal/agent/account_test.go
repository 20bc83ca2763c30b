package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func testDatabases(t testing.TB, passwd, group string) databases {
	t.Helper()
	dir := t.TempDir()
	d := databases{filepath.Join(dir, "passwd"), filepath.Join(dir, "group")}
	for path, text := range map[string]string{d.passwd: passwd, d.group: group} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

const (
	somePasswd = "# comment\nroot:x:0:0:root:/root:/bin/bash\nbroken:x:1\nodd:x:minus:1:::\n\n" +
		"dev:x:1000:1000:Dev,,,:/home/dev:/bin/zsh\ntwin:x:1000:1001::/home/twin:\n77:x:78:79::/home/number:/bin/sh\nbare:x:5:6:::\n"
	someGroup = "root:x:0:\ndev:x:1000:\nsudo:x:27:other,dev\ndocker:x:99:dev\nwrong:x:zz:dev\n88:x:89:\nempty:x:50:\n"
)

func TestAccounts(t *testing.T) {
	d := testDatabases(t, somePasswd, someGroup)
	for spec, want := range map[string]account{
		"root":       {0, 0, []uint32{0}, "root", "/root", "/bin/bash"},
		"dev":        {1000, 1000, []uint32{1000, 27, 99}, "dev", "/home/dev", "/bin/zsh"},
		"1000":       {1000, 1000, []uint32{1000, 27, 99}, "dev", "/home/dev", "/bin/zsh"},
		"twin":       {1000, 1001, []uint32{1001}, "twin", "/home/twin", "/bin/sh"},
		"77":         {78, 79, []uint32{79}, "77", "/home/number", "/bin/sh"},
		"78":         {78, 79, []uint32{79}, "77", "/home/number", "/bin/sh"},
		"bare":       {5, 6, []uint32{6}, "bare", "/", "/bin/sh"},
		"4242":       {4242, 0, nil, "", "/", "/bin/sh"},
		"dev:sudo":   {1000, 27, nil, "dev", "/home/dev", "/bin/zsh"},
		"dev:4":      {1000, 4, nil, "dev", "/home/dev", "/bin/zsh"},
		"4242:88":    {4242, 89, nil, "", "/", "/bin/sh"},
		"4294967294": {4294967294, 0, nil, "", "/", "/bin/sh"},
	} {
		got, err := d.account(spec)
		if err != nil || got.uid != want.uid || got.gid != want.gid || !slices.Equal(got.groups, want.groups) ||
			got.name != want.name || got.home != want.home || got.shell != want.shell {
			t.Errorf("%q: got %+v, %v, want %+v", spec, got, err, want)
		}
	}
	for _, spec := range []string{"nobody", "broken", "odd", ":root", "dev:nogroup", "dev:", "-1", "4294967295", "dev:wrong", "# comment"} {
		if got, err := d.account(spec); err == nil {
			t.Errorf("%q: got %+v", spec, got)
		}
	}
}

func TestAccountsOfAnImageWithoutDatabases(t *testing.T) {
	d := databases{"/no/such/passwd", "/no/such/group"}
	if got, err := d.account("7:8"); err != nil || got.uid != 7 || got.gid != 8 || got.home != "/" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := d.account("root"); err == nil {
		t.Error("found a name nowhere")
	}
}

// What a hostile image can put there costs bounded memory and time.
func TestAccountsAreBounded(t *testing.T) {
	endless := strings.Repeat("x", maxDatabase+1000)
	if _, err := testDatabases(t, endless, "").account("root"); err == nil {
		t.Error("found root in one long line")
	}
	late := strings.Repeat("filler:x:1:1:::\n", maxDatabase/16) + "late:x:2:2:::\n"
	if _, err := testDatabases(t, late, "").account("late"); err == nil {
		t.Error("read beyond the bound")
	}
	many := strings.Repeat("g:x:7:dev\n", maxDatabase/10+1000)
	got, err := testDatabases(t, somePasswd, many).account("dev")
	if err != nil || len(got.groups) != maxGroups {
		t.Errorf("got %d groups, %v", len(got.groups), err)
	}
}

func FuzzAccount(f *testing.F) {
	f.Add(somePasswd, someGroup, "dev:sudo")
	f.Add("a:x:1:2:::\n", "a:x:3:a\n", "a")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, passwd, group, spec string) {
		d := databases{filepath.Join(dir, "passwd"), filepath.Join(dir, "group")}
		os.WriteFile(d.passwd, []byte(passwd), 0o644)
		os.WriteFile(d.group, []byte(group), 0o644)
		acc, err := d.account(spec)
		if err == nil && (acc.uid == 1<<32-1 || acc.gid == 1<<32-1 || acc.home == "" || acc.shell == "") {
			t.Errorf("%q: %+v", spec, acc)
		}
	})
}
