package config

import (
	"fmt"
	"regexp"
	"strings"
)

// envTable begins the keys of Config.Env, which are no settings of banger's: any variable can stand there.
const envTable = "env."

// variableName is what shells can use (POSIX.1-2017, 3.235).
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variable is the setting of one variable.
func variable(name string) setting {
	return setting{key: envTable + name, set: func(c *Config, text string) error {
		if !variableName.MatchString(name) {
			return fmt.Errorf("%.64q is no name of a variable", name)
		}
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("a variable cannot hold a zero byte")
		}
		if c.Env == nil {
			c.Env = map[string]string{}
		}
		c.Env[name] = text
		return nil
	}}
}
