package namegen

import "math/rand/v2"

// New returns two words joined by a hyphen: one of some ten thousand names.
func New() string {
	return pick(adjectives) + "-" + pick(animals)
}

func pick(words []string) string { return words[rand.IntN(len(words))] }

var adjectives = []string{
	"able", "agile", "airy", "amber", "ample", "apt", "autumn", "awake", "balmy", "bold",
	"brave", "breezy", "brief", "bright", "brisk", "broad", "calm", "candid", "careful", "cheery",
	"civil", "clean", "clear", "clever", "cool", "copper", "cosy", "crisp", "curious", "dapper",
	"daring", "deep", "deft", "eager", "early", "easy", "fair", "famous", "fast", "festive",
	"fine", "firm", "fleet", "fluent", "fond", "frank", "free", "fresh", "frosty", "gentle",
	"glad", "golden", "good", "grand", "great", "green", "handy", "happy", "hardy", "honest",
	"humble", "jolly", "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry",
	"mild", "modest", "neat", "nimble", "noble", "patient", "placid", "plucky", "polite", "proud",
	"quick", "quiet", "rapid", "ready", "royal", "rustic", "serene", "sharp", "shiny", "silent",
	"silver", "sleek", "smart", "snug", "solid", "spry", "steady", "sturdy", "sunny", "swift",
	"tidy", "tranquil", "trusty", "upbeat", "vivid", "warm", "wise", "witty", "young", "zesty",
}

var animals = []string{
	"adder", "alpaca", "ant", "badger", "bat", "beaver", "bee", "bison", "bittern", "boar",
	"bobcat", "bream", "buzzard", "camel", "caribou", "carp", "cat", "civet", "cod", "coot",
	"crab", "crane", "cricket", "crow", "curlew", "deer", "dingo", "dolphin", "dove", "duck",
	"eagle", "egret", "eider", "elk", "falcon", "ferret", "finch", "fox", "frog", "gannet",
	"gecko", "gibbon", "goat", "goose", "grouse", "gull", "hare", "hawk", "heron", "hornet",
	"horse", "ibex", "ibis", "impala", "jackal", "jaguar", "jay", "kestrel", "kite", "koala",
	"lark", "lemur", "leopard", "linnet", "lion", "llama", "lynx", "magpie", "marmot", "marten",
	"merlin", "mink", "mole", "moose", "moth", "mouse", "newt", "ocelot", "osprey", "otter",
	"owl", "panda", "panther", "perch", "pigeon", "pike", "plover", "pony", "puffin", "quail",
	"rabbit", "raven", "robin", "salmon", "seal", "shrew", "skylark", "sloth", "snail", "sparrow",
	"stoat", "stork", "swan", "tapir", "tern", "thrush", "tiger", "toad", "trout", "turtle",
	"viper", "vole", "walrus", "weasel", "whale", "wolf", "wombat", "wren", "yak", "zebra",
}
