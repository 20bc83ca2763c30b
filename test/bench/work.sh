# What a developer's machine does, over and over, for as many seconds as $1 says: checksums, an archive, Perl, git,
# sorting. Enough code to fill the buffer of translations several times a round.
set -eu
end=$(($(date +%s) + $1))
git init -q work
cd work
git config user.name bench
git config user.email bench@example.org
round=0
while [ "$(date +%s)" -lt "$end" ]; do
	round=$((round + 1))
	find /usr -xdev -type f | head -n 1500 | xargs -n 40 sha256sum >sums
	tar c /usr/bin /usr/share 2>/dev/null | head -c 20M | gzip -1 | sha256sum >>sums
	perl -e 'for (1..200000) { $h{$_ % 977} .= chr($_ % 26) } print length join q(), values %h' >>sums
	sort sums | uniq -c | awk '{ s += $1 } END { print s }' >count
	echo "$round" >round
	git add -A
	git commit -qm "round $round"
	git log --stat >/dev/null
	git gc -q
	ps aux >/dev/null
done
