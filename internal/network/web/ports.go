package web

import "slices"

// others are the ports that servers of other protocols have by custom, in order.
var others = []uint16{
	7, 9, 13, 19, 21, 22, 23, 25, 37, 53, 69, 79, 88, 110, 111, 113, 119, 123, 135, 139, 143, 161, 179, // the early internet's, mail, names
	389, 445, 464, 465, 512, 513, 514, 515, 543, 544, 548, 554, 563, 587, 636, 646, 873, 990, 992, 993, 995, // directories, files, mail over TLS
	1080, 1194, 1433, 1521, 1723, 1883, 2049, 2181, 3260, 3268, 3269, 3306, 3389, 4222, 4369, // proxies, databases, brokers
	5060, 5061, 5222, 5223, 5269, 5432, 5433, 5671, 5672, 5900, 5901, 6000, 6379, 6380, 6432, 6667, 6697, // chat, databases, screens
	7000, 7687, 8883, 9042, 9092, 9093, 11211, 16379, 26379, 27017, 27018, 27019, 33060, 61613, 61616, // clusters of databases, brokers
}

// MayAsk reports whether it does no harm to ask the server at a port whether it speaks HTTP, as far as the port tells.
func MayAsk(port uint16) bool {
	_, other := slices.BinarySearch(others, port)
	return !other
}
