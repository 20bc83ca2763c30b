// Package steptest takes pipelines of steps to pieces: it has them fail, or their process killed, at each of their fault points in turn.
//
// Which points there are is learned from the pipeline itself, so that a step that is added is tested without a word.
package steptest
