// Package kerneltest gives tests a real kernel.
//
// Debian's kernel is pulled once per host, not once per test: it lies in the folder that
// BANGER_TEST_CACHE names, else in banger-test in the user's cache folder, and stays there.
package kerneltest
