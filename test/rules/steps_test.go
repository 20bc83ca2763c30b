package rules

import "go/ast"

// unobserved finds composite literals with an Undo and no Observe, as steps have (package step).
func unobserved(f file) (found []string) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		has := map[string]bool{}
		for _, e := range lit.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok {
					has[key.Name] = true
				}
			}
		}
		if has["Undo"] && !has["Observe"] {
			found = append(found, f.at(lit.Pos()))
		}
		return true
	})
	return found
}
