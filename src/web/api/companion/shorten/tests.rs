use super::shorten;

fn assert_shortened(cases: &[(&str, &str)]) {
    for (script, shortened) in cases {
        assert_eq!(shorten(script).as_deref(), Ok(*shortened), "{script}");
    }
}

#[test]
fn comments_and_blanks_are_left_out() {
    assert_shortened(&[
        ("one ( two , 3 ) ; // four", "one(two,3);"),
        ("/* one\n two */ three", "three"),
        ("if ( one ) return two ;", "if(one)return two;"),
        ("one  =  {\n  two : 3 ,\n} ;", "one={two:3,};"),
        ("f(() => {\n  one();\n});", "f(()=>{one()});"),
    ]);
}

#[test]
fn strings_stay_as_they_are() {
    for string in [
        r#""one  // two""#,
        r#""one \" /* two""#,
        r"'it\'s  const a'",
        "`one\n  two`",
        r#""\\""#,
    ] {
        assert_shortened(&[(string, string)]);
    }
}

#[test]
fn what_is_two_tokens_stays_two() {
    assert_shortened(&[
        ("a + +b", "a+ +b"),
        ("a - --b", "a- --b"),
        ("a++ + b", "a++ +b"),
        ("a < !--b", "a< !--b"),
        ("1 .valueOf()", "1 .valueOf()"),
        ("async (one) => typeof one", "async(a)=>typeof a"),
        ("a\u{a0}in b", "a in b"),
    ]);
}

#[test]
fn a_line_break_stays_where_it_may_be_a_semicolon() {
    assert_shortened(&[
        ("a\nb", "a\nb"),
        ("a\n(b)", "a\n(b)"),
        ("a = () => {}\n[b]", "a=()=>{}\n[b]"),
        ("return\na", "return\na"),
        ("a\n++b", "a\n++b"),
        ("a // b\nc", "a\nc"),
        ("a /*\n*/ b", "a\nb"),
        // Here it cannot be one.
        ("a;\nb", "a;b"),
        ("a\n  .b()\n  ?? c", "a.b()??c"),
        ("a = {\nb: c\n}", "a={b:c}"),
    ]);
}

#[test]
fn a_semicolon_goes_where_a_block_ends_and_stays_where_it_is_a_statement() {
    assert_shortened(&[
        ("{ a; }", "{a}"),
        ("{ a(); }", "{a()}"),
        ("{ while (a); }", "{while(a);}"),
        ("{ if (a) b; else; }", "{if(a)b;else;}"),
        ("for (;;) {}", "for(;;){}"),
    ]);
}

#[test]
fn declarations_that_follow_each_other_are_joined() {
    assert_shortened(&[
        ("const [a] = b; const [c] = d;", "const[a]=b,[c]=d;"),
        (
            "const [a] = b;\nconst [c] = () => {\n  d;\n};\nconst [e] = f;",
            "const[a]=b,[c]=()=>{d},[e]=f;",
        ),
        ("let [a] = b; const [c] = d;", "let[a]=b;const[c]=d;"),
        ("const [a] = b; c; const [d] = e;", "const[a]=b;c;const[d]=e;"),
        ("for (const a of b) c; const [d] = e;", "for(const f of b)c;const[d]=e;"),
        ("const [a] = b\nc(); const [d] = e;", "const[a]=b\nc();const[d]=e;"),
        ("const [a] = b; { const [c] = d; }", "const[a]=b;{const[c]=d}"),
    ]);
}

#[test]
fn names_that_are_declared_here_become_short() {
    assert_shortened(&[
        ("{ const one = 1; two(one, one); }", "{const a=1;two(a,a)}"),
        ("{ let one; three.one; }", "{let one;three.one}"),
        (
            "f((one, two = 2, ...more) => one + two + more)",
            "f((a,b=2,...c)=>a+b+c)",
        ),
        ("f(one => one)", "f(a=>a)"),
        ("for (const one of two) one();", "for(const a of two)a();"),
        ("{ for (const one of two) one(); }", "{for(const a of two)a()}"),
    ]);
}

#[test]
fn the_name_that_is_used_most_is_the_shortest_and_none_is_taken_from_the_script() {
    assert_shortened(&[
        ("{ const one = a; const two = one + one; }", "{const b=a,c=b+b}"),
        (
            "{ const one = 1; const two = 2; two(two, one); }",
            "{const b=1,a=2;a(a,b)}",
        ),
        // They never mean something at the same time.
        ("f((one) => one); f((two) => two);", "f((a)=>a);f((a)=>a);"),
        ("f((one) => g((two) => one + two));", "f((a)=>g((b)=>a+b));"),
    ]);
}

#[test]
fn a_name_that_might_mean_something_else_stays() {
    for script in [
        "{const one=1;f({one})}",
        "{const one=1;f({one:2})}",
        "{const one=1;f({two:2,one})}",
        "{const one=1;f({one(){}})}",
        "{const one=1;two?.one}",
        "{const{one}=two;one}",
        "{const one=1}one",
        "{const one=1}class Two{one(){}}",
        "f((one)=>one,one)",
        "const one=1;",
        "f(({one})=>one)",
        "f(function(one){one})",
    ] {
        assert_shortened(&[(script, script)]);
    }
}

#[test]
fn what_is_not_read_is_an_error() {
    for script in ["/a/.test(b)", "a / b", "`${a}`", "\"a", "'a\n'", "/* a", "`a"] {
        assert!(shorten(script).is_err(), "{script}");
    }
}
